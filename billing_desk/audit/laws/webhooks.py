"""10. What was told to webhook endpoints is what their deliveries and the log of them say."""

from billing_desk.audit.books import Books
from billing_desk.audit.findings import Wrong


def deliveries_tell_what_came_of_them(books: Books) -> list[Wrong]:
    """A delivery that is done was attempted and answered with 2xx; its last answer is that of its log."""
    return books.find("""
        , logged AS (
            SELECT DISTINCT ON (delivery_id) delivery_id, response_status
              FROM events_deliveryattempt ORDER BY delivery_id, id DESC
        )
        SELECT d.id, '', what, stored, due
          FROM events_delivery AS d
          JOIN event AS e ON e.id = d.event_id
          LEFT JOIN logged AS l ON l.delivery_id = d.id
         CROSS JOIN LATERAL (VALUES
               ('its yes', coalesce(d.response_status BETWEEN 200 AND 299, false)::text,
                CASE WHEN d.status = 'DONE' THEN 'true' END),
               ('its attempts', (d.attempts > 0)::text, CASE WHEN d.status = 'DONE' THEN 'true' END),
               ('its end', (d.done_at IS NOT NULL)::text, (d.status <> 'PENDING')::text),
               ('its last answer', coalesce(d.response_status::text, 'none'),
                CASE WHEN l.delivery_id IS NOT NULL THEN coalesce(l.response_status::text, 'none') END))
               AS said (what, stored, due)
         WHERE due IS NOT NULL AND stored <> due ORDER BY d.id, what
    """)


def endpoints_are_on_or_off(books: Books) -> list[Wrong]:
    """An endpoint that is enabled was not disabled; a secret that was replaced has a day on which it ends."""
    return books.find("""
        SELECT w.id, '', what, stored, due
          FROM events_webhookendpoint AS w
         CROSS JOIN LATERAL (VALUES
               ('its being disabled', (disabled_at IS NOT NULL OR disabled_because <> '')::text,
                CASE WHEN is_enabled THEN 'false' END),
               ('the end of its previous secret', (previous_secret_until IS NOT NULL)::text,
                (previous_secret <> '')::text))
               AS said (what, stored, due)
         WHERE due IS NOT NULL AND stored <> due
           AND (%(platform)s::text IS NULL OR platform_id = %(platform)s)
         ORDER BY w.id, what
    """)


LAWS = (deliveries_tell_what_came_of_them, endpoints_are_on_or_off)
