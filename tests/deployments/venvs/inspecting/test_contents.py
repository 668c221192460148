from pathlib import Path

import pytest

from deployments.venvs.inspecting import contents
from deployments.venvs.inspecting.contents import Contents


def install(site: Path, name: str, version: str, *paths: str) -> None:
    about = f"{name}-{version}.dist-info"
    (site / about).mkdir(parents=True)
    (site / about / "RECORD").write_text("".join(f"{path},sha256=x,1\n" for path in (*paths, f"{about}/RECORD")))


@pytest.fixture
def found(tmp_path: Path) -> Contents:
    site = tmp_path / "lib" / "python3.11" / "site-packages"
    install(site, "scikit_learn", "1.3.0", "sklearn/__init__.py", "sklearn/svm/_base.cpython-311-x86_64-linux-gnu.so")
    install(site, "google_cloud_storage", "2.0", "google/cloud/storage/__init__.py", "google/cloud/storage/blob.py")
    install(site, "google_auth", "1.0", "google/auth/__init__.py", "google/__init__.py")
    install(site, "protobuf", "4.0", "google/protobuf/__init__.py", "google/__init__.py")
    install(site, "gunicorn", "22.0.0", "gunicorn/__init__.py", "../../../bin/gunicorn", "gunicorn-data/x.py")
    install(site, "opencv", "4.1", "cv2/__init__.py")
    install(site, "opencv_headless", "4.1", "cv2/__init__.py")
    (site / "odd-1.0.dist-info").mkdir()
    (site / "odd-1.0.dist-info" / "RECORD").write_bytes(b"\xff\n")
    return contents.of(tmp_path)


class TestContents:
    @pytest.mark.parametrize(
        ("dotted", "module", "distributions"),
        [
            ("sklearn", "sklearn", {"scikit-learn"}),
            ("sklearn.svm.SVC", "sklearn", {"scikit-learn"}),
            ("sklearn.svm._base", "sklearn.svm._base", {"scikit-learn"}),
            ("google.cloud.storage", "google.cloud.storage", {"google-cloud-storage"}),
            ("google.cloud.storage.Client", "google.cloud.storage", {"google-cloud-storage"}),
            # A folder that several share brings nothing by itself.
            ("google.cloud.bigquery", "", set()),
            ("cv2", "cv2", {"opencv", "opencv-headless"}),
            ("nothing.of", "", set()),
        ],
    )
    def test_tell_who_brings_a_module(self, found, dotted, module, distributions):
        assert found.bringing(dotted) == (module, distributions)

    def test_tell_programs_and_versions(self, found):
        assert found.programs == {"gunicorn": {"gunicorn"}}
        assert found.versions["scikit-learn"] == "1.3.0"
        assert found.versions["odd"] == "1.0"

    def test_tell_what_a_distribution_is_imported_as(self, found):
        assert found.modules_of("scikit-learn") == ("sklearn",)
        assert found.modules_of("google-cloud-storage") == ("google.cloud.storage",)
        assert found.modules_of("nobody") == ()
