"""Facebook on loopback: the Graph API, the Send API and the webhook sender, as strict as the real ones.

    facebook = FacebookStandIn(app_secret="secret", verify_token="token")
    await facebook.start()
    page = facebook.add_page("1001", "Lan's Closet", "page-token")
    mai = facebook.person("Mai")
    await facebook.verify("http://127.0.0.1:8080/webhooks/facebook")
    live = await page.goes_live("Friday jade")
    await mai.comments(live, "sold 12")
    invoice = await mai.hears(contains="Jade bangle")
    pay_url = await mai.taps(invoice, "Pay now")

Webhooks go only to a verified callback, and only for fields the Page is subscribed to, as in life.
"""

from sandbox.facebook.errors import GraphError
from sandbox.facebook.limits import Limits
from sandbox.facebook.messages import Button, Message
from sandbox.facebook.pages import Comment, LiveVideo, Page, Post
from sandbox.facebook.people import Person
from sandbox.facebook.server import FacebookStandIn
from sandbox.facebook.webhooks import Delivery, Event, VerificationFailed

__all__ = [
    "Button",
    "Comment",
    "Delivery",
    "Event",
    "FacebookStandIn",
    "GraphError",
    "Limits",
    "LiveVideo",
    "Message",
    "Page",
    "Person",
    "Post",
    "VerificationFailed",
]
