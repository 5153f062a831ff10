-- People who do not use the platform
--
-- Answers: who has not logged in for 90 days, or ever, and who manages them?
-- Watch for: days are counted to the newest login in the data. Deleted people are left out. A
-- person may have several managers; their names are joined.

with as_of as (
    select max(last_log_in_at) as moment
    from learning360.users
)
select
    u.email,
    concat_ws(' ', u.first_name, u.last_name) as person,
    u.last_log_in_at::date as last_login,
    extract(day from a.moment - u.last_log_in_at)::integer as days_ago,
    (
        select string_agg(
            concat_ws(' ', m.first_name, m.last_name),
            ', ' order by m.last_name, m.first_name, m.id
        )
        from learning360.users m
        where m.id = any (u.managers)
    ) as managers
from learning360.users u
cross join as_of a
where u.deleted is not true
  and (u.last_log_in_at is null or u.last_log_in_at < a.moment - interval '90 days')
order by u.last_log_in_at nulls first, person, u.id;
