"""10. A job that has ended has ended with every item, and its counts are those of its items."""

from billing_desk.audit.books import Books
from billing_desk.audit.findings import Wrong


def jobs_end_with_their_items(books: Books) -> list[Wrong]:
    """A job has as many items as it says; while some wait it runs, and then it has ended, which was told."""
    return books.find("""
        , counted AS (
            SELECT job_id, count(*) AS items, count(*) FILTER (WHERE status = 'PENDING') AS pending
              FROM jobs_jobitem GROUP BY job_id
        )
        SELECT j.id, '', what, stored, due
          FROM job AS j LEFT JOIN counted AS c ON c.job_id = j.id
         CROSS JOIN LATERAL (VALUES
               ('its items', coalesce(items, 0)::text, total::text),
               ('its status', j.status, CASE WHEN pending > 0 THEN 'RUNNING' ELSE 'DONE' END),
               ('its end', (finished_at IS NOT NULL)::text, (coalesce(pending, 0) = 0)::text),
               ('the event of its end',
                (EXISTS (SELECT 1 FROM event AS e
                          WHERE e.object_id = j.id AND e.type = 'billing.job.finished'))::text,
                CASE WHEN j.status = 'DONE' THEN 'true' END))
               AS said (what, stored, due)
         WHERE due IS NOT NULL AND stored <> due ORDER BY j.id, what
    """)


def items_tell_what_came_of_them(books: Books) -> list[Wrong]:
    """An item that has ended was attempted and dated; one that was refused says why, and only such a one."""
    return books.find("""
        SELECT i.id, '', what, stored, due
          FROM jobs_jobitem AS i JOIN job AS j ON j.id = i.job_id
         CROSS JOIN LATERAL (VALUES
               ('its problem', (jsonb_typeof(problem) = 'object')::text, (i.status = 'FAILED')::text),
               ('its end', (done_at IS NOT NULL)::text, (i.status <> 'PENDING')::text),
               ('its attempts', (attempts > 0)::text,
                CASE WHEN i.status <> 'PENDING' THEN 'true' END))
               AS said (what, stored, due)
         WHERE due IS NOT NULL AND coalesce(stored, 'false') <> due ORDER BY i.id, what
    """)


LAWS = (jobs_end_with_their_items, items_tell_what_came_of_them)
