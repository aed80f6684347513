"""Where a watch's message goes: an address of apprise's, a mail among them, or whatever takes a message.

A channel either accepts a message or raises. apprise says no more than yes or no, so mails are made by it but sent
here: then the reply of the server counts, and the Message-ID is ours, the same when a mail has to be sent again.
"""

import re
import smtplib
import ssl
from email import message_from_string, policy
from typing import TYPE_CHECKING, Any, Final, Protocol
from urllib.parse import urlsplit

from pydantic import SecretStr

from paperhouse.transforms.errors import DeliveryError, SettingsError
from paperhouse.transforms.keys import stable_hex
from paperhouse.transforms.watches.message_text import message_html, message_markdown
from paperhouse.transforms.watches.watch_message import WatchMessage

if TYPE_CHECKING:
    from apprise import NotifyBase

_PASSWORD: Final = re.compile(r"(?<=:)[^:@/]*(?=@)|(?<=[?&]pass=)[^&]*")
_CRLF: Final = policy.compat32.clone(linesep="\r\n")
_MAIL_SECONDS: Final = 30
_DOMAIN: Final = "paperhouse.invalid"
"""Of Message-IDs: a name that can be nobody's, as RFC 2606 reserves it."""


class Channel(Protocol):
    """Something that takes messages; `key` names it in the ledger."""

    @property
    def key(self) -> str:
        """The same for the same receiver, whatever its password is."""

    def send(self, message: WatchMessage, batch_id: str) -> None:
        """Hand the message over; returning means that it was accepted.

        Raises:
            DeliveryError: it was not.
        """


class AppriseChannel:
    """An address as apprise writes it: `mailto://...`, `slack://...`, `ntfy://...` and a hundred more."""

    def __init__(self, address: SecretStr) -> None:
        self._address = address.get_secret_value()

    @property
    def key(self) -> str:
        """Scheme and a hash of the address without its password."""
        named = _PASSWORD.sub("", self._address)
        return f"{urlsplit(named).scheme}-{stable_hex(named)[:12]}"

    def send(self, message: WatchMessage, batch_id: str) -> None:
        """Send a page to a mailbox, Markdown to anything else."""
        from apprise import Apprise, NotifyFormat  # noqa: PLC0415 - 0.3 s that only deliveries need
        from apprise.plugins.email import NotifyEmail  # noqa: PLC0415

        plugin = Apprise.instantiate(self._address)
        if plugin is None:
            scheme = urlsplit(self._address).scheme or "no scheme"
            msg = f"an address in `to` ({scheme}) is none that apprise knows; write it as its documentation says"
            raise SettingsError(msg, scheme=scheme)
        try:
            if isinstance(plugin, NotifyEmail):
                _send_mail(plugin, message, batch_id)
                return
            body = message_markdown(message)
            is_accepted = Apprise(servers=[plugin]).notify(
                title=message.subject, body=body, body_format=NotifyFormat.MARKDOWN
            )
        except (OSError, smtplib.SMTPException, ValueError, RuntimeError) as error:
            msg = f"{self.key}: {type(error).__name__}: {error}; it is sent again after the next load"
            raise DeliveryError(msg, channel=self.key) from error
        if not is_accepted:
            msg = f"{self.key}: the service did not take the message; it is sent again after the next load"
            raise DeliveryError(msg, channel=self.key)


def _send_mail(plugin: "NotifyBase", message: WatchMessage, batch_id: str) -> None:
    """Send the mails that apprise makes, one a receiver, with a Message-ID that follows from the batch."""
    mails: Any = plugin  # its attributes are those of NotifyEmail, which has no types
    made = mails.prepare_emails(
        subject=message.subject,
        body=message_html(message),
        notify_format="html",
        from_addr=mails.from_addr,
        to=mails.targets,
        cc=mails.cc,
        bcc=mails.bcc,
        reply_to=mails.reply_to,
        smtp_host=mails.smtp_host,
        names=mails.names,
        headers={**mails.headers, "Auto-Submitted": "auto-generated"},
    )
    with _smtp_session(mails) as session:
        for each in made:
            mail = message_from_string(each.body)
            del mail["Message-ID"]
            mail["Message-ID"] = f"<{batch_id}@{_DOMAIN}>"
            session.sendmail(mails.from_addr[1], each.to_addrs, mail.as_bytes(policy=_CRLF))


def _smtp_session(mails: Any) -> smtplib.SMTP:
    """A session with the server that the address names, secured as the address says."""
    context = ssl.create_default_context()
    if not mails.verify_certificate:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    if mails.secure_mode == "ssl":
        session: smtplib.SMTP = smtplib.SMTP_SSL(
            mails.smtp_host, mails.port, timeout=_MAIL_SECONDS, context=context
        )
    else:
        session = smtplib.SMTP(mails.smtp_host, mails.port, timeout=_MAIL_SECONDS)
        if mails.secure_mode == "starttls":
            session.starttls(context=context)
    if mails.user and mails.password:
        session.login(mails.user, mails.password)
    return session
