"""Signed addresses for parts on the disk driver: whoever holds one may send that one part, and nothing else.

They stand in for S3's presigned addresses: no cookie and no CSRF token, because the signature covers the method,
the path, the moment it ends, the length and the digest.
"""

import hashlib
import hmac
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import urlencode

from veo_workflow.storage import AddressRefused, PartAddress
from veo_workflow.storage.keys import check_part


@dataclass(frozen=True)
class SignedPart:
    """What an address allows: exactly `size` bytes, and if `md5` (base64) is set, only those bytes."""

    size: int
    md5: str | None


class PartAddresses:
    def __init__(self, secret: str, origin_path: str) -> None:
        """`origin_path` is where the application takes parts, without a slash at its end."""
        # A key of its own, so that nothing signed for another purpose with the same secret passes here.
        self._key = hmac.digest(secret.encode(), b"address of an upload part", hashlib.sha256)
        self._origin_path = origin_path

    def sign(self, upload: str, n: int, size: int, md5: str | None, lifetime: int) -> PartAddress:
        """Raises ValueError for a part that no store would take."""
        check_part(n, size, md5)
        expires = int(time.time()) + lifetime
        path = self._path(upload, n)
        fields = {"expires": str(expires), "size": str(size), "md5": md5 or ""}
        query = urlencode({**fields, "signature": self._signature(path, fields)})
        return PartAddress(
            n=n,
            url=f"{path}?{query}",
            headers={"Content-MD5": md5} if md5 else {},
            expires_at=datetime.fromtimestamp(expires, UTC),
        )

    def verify(self, upload: str, n: int, query: Mapping[str, str]) -> SignedPart:
        """Raises AddressRefused unless we signed exactly this address and its time has not run out."""
        fields = {name: query.get(name, "") for name in ("expires", "size", "md5")}
        signature = self._signature(self._path(upload, n), fields)
        if not hmac.compare_digest(signature.encode(), query.get("signature", "").encode()):
            raise AddressRefused("This upload address is not one of ours. Ask for a new one and send the part again.")
        if time.time() > int(fields["expires"]):
            raise AddressRefused("This upload address has expired. Ask for a new one and send the part again.")
        return SignedPart(size=int(fields["size"]), md5=fields["md5"] or None)

    def _path(self, upload: str, n: int) -> str:
        return f"{self._origin_path}/{upload}/{n}"

    def _signature(self, path: str, fields: Mapping[str, str]) -> str:
        message = "\n".join(("PUT", path, fields["expires"], fields["size"], fields["md5"]))
        return hmac.digest(self._key, message.encode(), hashlib.sha256).hex()
