import pytest

from deployments.venvs.management import decide


@pytest.mark.parametrize("site", [True, False])
@pytest.mark.parametrize("app", [None, True, False])
@pytest.mark.parametrize("bundle", [None, True, False])
def test_the_bundle_goes_before_the_app_and_that_before_the_site(site, app, bundle):
    decided = decide(site=site, app=app, bundle=bundle)

    level = "manifest.json" if bundle is not None else "the app's settings" if app is not None else "the site's setting"
    assert decided.is_on is next(word for word in (bundle, app, site) if word is not None)
    assert level in decided.text
    assert ("nothing is installed" in decided.text) is not decided.is_on
