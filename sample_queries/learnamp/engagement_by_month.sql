-- Time spent on the platform per month
--
-- Answers: how many people visit each month, how often and for how long, and what share of accounts
-- is that?
-- Watch for: duration is in seconds and grows with every page, so a visit left open does not count
-- on. The share is of accounts that existed at the end of the month and were not deactivated before
-- it began.

with visits as (
    select
        date_trunc('month', starts_at) as month,
        count(distinct user_id) as visitors,
        count(*) as visits,
        sum(duration) as seconds
    from learnamp.session_tracks
    group by date_trunc('month', starts_at)
)
select
    v.month::date as month,
    v.visitors,
    v.visits,
    round(v.seconds / 3600.0, 1) as hours,
    round(v.seconds / 60.0 / nullif(v.visitors, 0), 1) as minutes_per_visitor,
    round(
        100.0 * v.visitors / nullif((
            select count(*)
            from learnamp.users u
            where u.created_at < v.month + interval '1 month'
              and (u.deactivated_at is null or u.deactivated_at >= v.month)
        ), 0),
        1
    ) as visitors_percent
from visits v
order by month;
