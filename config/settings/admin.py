"""How the admin looks."""

from django.templatetags.static import static

UNFOLD = {
    "SITE_TITLE": "Slipway",
    "SITE_HEADER": "Slipway",
    "SITE_SUBHEADER": "workspaces.admin.branding.whose",
    "SITE_DROPDOWN": "workspaces.admin.branding.switcher",
    "DASHBOARD_CALLBACK": "deployments.admin.dashboard.fill",
    "SITE_SYMBOL": "sailing",
    "SITE_URL": "/",
    "STYLES": [lambda request: static("admin.css")],
    # The blue of the pages; unfold's own is purple.
    "COLORS": {
        "primary": {
            "50": "oklch(97% .014 254.6)",
            "100": "oklch(93.2% .032 255.6)",
            "200": "oklch(88.2% .059 254.1)",
            "300": "oklch(80.9% .105 251.8)",
            "400": "oklch(70.7% .165 254.6)",
            "500": "oklch(62.3% .17 255)",
            "600": "oklch(49% .16 257)",
            "700": "oklch(44% .15 258)",
            "800": "oklch(38% .13 259)",
            "900": "oklch(33% .11 260)",
            "950": "oklch(26% .08 262)",
        }
    },
    "SHOW_HISTORY": True,
    "SHOW_VIEW_ON_SITE": False,
    "ACCOUNT": {"navigation": [{"title": "Password", "link": "/account/password"}]},
}
