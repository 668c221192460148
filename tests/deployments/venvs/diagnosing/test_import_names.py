import tomllib
from importlib.resources import files

import pytest
from packaging.requirements import Requirement

from deployments.venvs.diagnosing.import_names import distribution_for, preferring, uncontested


class TestDistributionFor:
    @pytest.mark.parametrize(
        ("module", "distribution"),
        [
            ("sklearn", "scikit-learn"),
            ("sklearn.ensemble", "scikit-learn"),
            ("cv2", "opencv-python-headless"),
            ("PIL", "pillow"),
            ("yaml", "PyYAML"),
            ("bs4", "beautifulsoup4"),
            ("dotenv", "python-dotenv"),
            ("jwt", "PyJWT"),
            ("google.cloud.storage", "google-cloud-storage"),
            ("google.cloud.storage.blob", "google-cloud-storage"),
            ("databricks.sql", "databricks-sql-connector"),
            ("distutils.core", "setuptools"),
        ],
    )
    def test_knows_public_names_that_differ(self, module, distribution):
        assert distribution_for(module, {}) == distribution

    @pytest.mark.parametrize(
        ("module", "distribution"),
        [("flask", "flask"), ("pandas.io", "pandas"), ("huggingface_hub", "huggingface-hub")],
    )
    def test_knows_widely_used_names_that_do_not_differ(self, module, distribution):
        assert distribution_for(module, {}) == distribution

    @pytest.mark.parametrize(
        "module", ["nothing_like_this", "flask_nothing", "google", "google.cloud", "google.nothing", ""]
    )
    def test_never_takes_the_import_name_for_the_distribution(self, module):
        assert distribution_for(module, {}) is None

    def test_looks_first_in_the_wheels_that_were_seen(self):
        assert distribution_for("cv2", {"cv2": {"opencv-contrib-python"}}) == "opencv-contrib-python"
        assert distribution_for("our_tools.db", {"our_tools": {"acme-tools"}}) == "acme-tools"

    @pytest.mark.parametrize(
        ("module", "candidates", "best"),
        [
            ("cv2", {"opencv-python", "opencv-python-headless"}, "opencv-python-headless"),
            ("attr", {"zzz", "ATTRS"}, "ATTRS"),
            ("our_tools", {"a", "our-tools"}, "our-tools"),
            ("our_tools", {"tools-b", "tools-a", "tools-long"}, "tools-a"),
        ],
    )
    def test_takes_the_best_known_of_several(self, module, candidates, best):
        assert distribution_for(module, {module: candidates}) == best

    def test_answers_for_a_shared_namespace_only_with_the_distribution_of_that_name(self):
        metadata = {"google": {"protobuf", "google-cloud-kms", "google-auth"}}

        assert distribution_for("google.cloud.kms", metadata) == "google-cloud-kms"
        assert distribution_for("google.cloud.nothing", metadata) is None


class TestKeptMapping:
    def test_holds_real_names_and_enough_of_them(self):
        text = files("deployments.venvs.diagnosing").joinpath("import_names.toml").read_text("utf-8")
        document = tomllib.loads(text)

        assert len(document["distributions"]) >= 150
        for module, distribution in document["distributions"].items():
            assert all(part.isidentifier() for part in module.split("."))
            assert Requirement(distribution).name == distribution
        assert all(name.isidentifier() for name in document["same_names"])
        assert not set(document["same_names"]) & document["distributions"].keys()
        assert not set(document["namespaces"]) & (document["distributions"].keys() | set(document["same_names"]))


class TestUncontested:
    def test_drops_a_strangers_claim_to_a_known_name(self) -> None:
        assert uncontested({"sklearn": {"evil"}, "mine": {"theirs"}}) == {"mine": {"theirs"}}

    def test_keeps_the_known_distribution_however_it_is_written(self) -> None:
        assert uncontested({"sklearn": {"Scikit_Learn"}}) == {"sklearn": {"Scikit_Learn"}}


class TestPreferring:
    def test_hears_the_others_only_where_the_first_knows_nothing(self):
        chosen = preferring({"a": {"first"}}, {"a": {"second"}, "b": {"third"}})

        assert chosen == {"a": {"first"}, "b": {"third"}}

    def test_hears_both_about_a_shared_namespace(self):
        chosen = preferring({"google": {"protobuf"}}, {"google": {"google-cloud-kms"}})

        assert distribution_for("google.cloud.kms", chosen) == "google-cloud-kms"
