"""What a Page may tell an app, and the edge where the app asks for it.

https://developers.facebook.com/docs/graph-api/reference/page/subscribed_apps
"""

from __future__ import annotations

from typing import Any

from sandbox.facebook.calls import GraphCall
from sandbox.facebook.errors import invalid, not_one_of
from sandbox.facebook.fields import pick_plain, words

PARAMS = frozenset({"subscribed_fields"})

SUBSCRIBED_FIELDS = words(
    """
    affiliation attire awards bio birthday business_integrity call_permission_reply call_settings_update
    calls category checkins comment_poll_response company_overview conversations culinary_team
    current_location description email feature_access_list feed follow founded general_info
    general_manager group_feed hometown hours inbox_labels invalid_topic_placeholder
    invoice_access_bank_slip_events invoice_access_invoice_change invoice_access_invoice_draft_change
    invoice_access_onboarding_status_active leadgen leadgen_fat leadgen_update live_videos
    local_delivery location marketing_message_clicks marketing_message_deliveries
    marketing_message_delivery_failed marketing_message_echoes marketing_message_reads
    marketing_messages_subscriber_upload_status mcom_invoice_change members mention merchant_review
    message_context message_deliveries message_echoes message_edits message_mention message_reactions
    message_reads message_template_status_update messages messaging_account_linking
    messaging_appointments messaging_checkout_updates messaging_customer_information
    messaging_direct_sends messaging_fblogin_account_linking messaging_feedback messaging_game_plays
    messaging_handovers messaging_in_thread_lead_form_submit messaging_integrity messaging_optins
    messaging_optouts messaging_payments messaging_policy_enforcement messaging_postbacks
    messaging_pre_checkouts messaging_referrals mission name page_about_story page_change_proposal
    page_upcoming_change parking payment_options payment_request_update personal_info personal_interests
    phone picture price_range product_review products public_transit publisher_subscriptions ratings
    registration response_feedback send_cart standby story_poll_response story_share user_action
    video_text_question_responses videos website
    """
)


async def subscribe(call: GraphCall) -> dict[str, Any]:
    """Replace what this Page tells the app."""
    call.only(PARAMS)
    fields = call.names("subscribed_fields")
    if not fields:
        raise invalid("The parameter subscribed_fields is required.")
    for number, name in enumerate(fields):
        if name not in SUBSCRIBED_FIELDS:
            raise not_one_of(f"subscribed_fields[{number}]", sorted(SUBSCRIBED_FIELDS), name)
    call.page.subscribed_fields = set(fields)
    return {"success": True}


async def read_subscriptions(call: GraphCall) -> dict[str, Any]:
    """The apps this Page tells things to: ours, or none."""
    call.only({"fields"})
    fields = sorted(call.page.subscribed_fields)
    if not fields:
        return {"data": []}
    app = {
        "category": "Business",
        "link": "https://example.com/",
        "name": "Live Assist",
        "id": call.books.app_id,
        "subscribed_fields": fields,
    }
    return {"data": [pick_plain(call, app, "Application")]}


async def unsubscribe(call: GraphCall) -> dict[str, Any]:
    """The Page tells the app nothing any more."""
    call.only(())
    call.page.subscribed_fields = set()
    return {"success": True}
