"""What an instance says of itself to anybody who knows only where it is."""

from bot.sandbox.calls import Answer, Table
from bot.sandbox.fluxer.calls import FluxerCall

table = Table()
GATEWAY = "/gateway"


@table.route("GET", "/.well-known/fluxer", authorised=False)
def discover(call: FluxerCall) -> Answer:
    """Addresses without the version of the API; what a bot has no use for is left out."""
    base = "http" + call.gateway_url.removeprefix("ws").removesuffix(GATEWAY)
    places = dict.fromkeys(("api", "api_client", "api_public"), base)
    places |= {"gateway": call.gateway_url, "webapp": base}
    below = ("admin", "gift", "invite", "marketing", "media", "static_cdn")
    places |= {name: f"{base}/{name}" for name in below}
    shown = {
        "api_code_version": 1,
        "endpoints": places,
        "captcha": {"provider": "none", "hcaptcha_site_key": None, "turnstile_site_key": None},
        "features": {},
        "limits": {},
    }
    return Answer(200, shown)
