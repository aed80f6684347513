"""A mail server on loopback that can refuse, and a home that grows by a day at a time."""

from dataclasses import dataclass, field
from email import message_from_bytes, policy

import pytest
from aiosmtpd.controller import Controller
from ports import free_port


@dataclass
class Mailbox:
    """Mails that a real SMTP server took; it answers with `reply` where one is set."""

    port: int = 0
    mails: list = field(default_factory=list)
    reply: str | None = None

    async def handle_DATA(self, _server, _session, envelope):  # noqa: N802 - aiosmtpd's name
        if self.reply:
            return self.reply
        self.mails.append(message_from_bytes(envelope.content, policy=policy.default))
        return "250 OK"

    @property
    def address(self):
        return f"mailto://127.0.0.1:{self.port}?from=house@example.org&to=me@example.org"


@pytest.fixture
def mailbox():
    box = Mailbox(free_port())
    controller = Controller(box, hostname="127.0.0.1", port=box.port)
    controller.start()
    yield box
    controller.stop()
