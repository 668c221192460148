"""The signed cookie with which a visitor passes the proxy to an app.

A JSON Web Token, signed with Ed25519, so that the proxy checks it with a public key and holds nothing to sign with:
``{"iss": "slipway", "door": "a-….3", "sid": "…", "sub": "…", "email": "…", "name": "…", "iat": …, "exp": …}``.
"""

import json
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta

import jwt
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from jwt.algorithms import OKPAlgorithm

ISSUER = "slipway"
ALGORITHM = "EdDSA"


@dataclass(frozen=True)
class Pass:
    """``door``: which app, in which epoch of its access; ``sid``: which visit; the rest is told to the app."""

    door: str
    sid: str
    sub: str
    email: str
    name: str


def sign(seed: str, what: Pass, *, now: datetime, lifetime: timedelta) -> str:
    claims = {"iss": ISSUER, "iat": int(now.timestamp()), "exp": int((now + lifetime).timestamp())}
    return jwt.encode(claims | asdict(what), _key(seed), ALGORITHM)


def read(seed: str, text: str) -> Pass | None:
    """What was signed with this key, however long ago; ``None`` for everything else."""
    options = {"verify_exp": False, "verify_iat": False, "require": ["exp", *Pass.__annotations__]}
    try:
        claims = jwt.decode(text, _key(seed).public_key(), [ALGORITHM], options, issuer=ISSUER)  # type: ignore[arg-type]
    except jwt.InvalidTokenError:
        return None
    return Pass(**{name: str(claims[name]) for name in Pass.__annotations__})


def public_keys(seed: str) -> str:
    """The JSON Web Key Set that the proxy checks with."""
    public = json.loads(OKPAlgorithm.to_jwk(_key(seed).public_key()))
    return json.dumps({"keys": [public | {"alg": ALGORITHM, "use": "sig"}]})


def _key(seed: str) -> Ed25519PrivateKey:
    return Ed25519PrivateKey.from_private_bytes(bytes.fromhex(seed))
