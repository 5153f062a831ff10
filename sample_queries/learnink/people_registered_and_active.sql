-- Registered and active people by country and region
--
-- Answers: how many people are registered, and how many of them used the app in the last 30 days?
-- Watch for: archived people are left out, as in LearnInk's own analytics; people who are only
-- imported are counted apart. "Last 30 days" ends at the newest server stamp in the data, not now,
-- and activity after that moment comes from devices whose clock is ahead.

with as_of as (
    select max(updated_at) as moment
    from learnink.users
)
select
    coalesce(u.country, '(not given)') as country,
    coalesce(u.region, '(not given)') as region,
    count(*) filter (where u.registration_status = 'registered') as registered,
    count(*) filter (where u.registration_status = 'imported') as only_imported,
    count(*) filter (
        where u.registration_status = 'registered'
          and u.last_active > a.moment - interval '30 days'
    ) as active_30_days
from learnink.users u
cross join as_of a
where u.registration_status is distinct from 'archived'
group by 1, 2
order by registered desc, country, region;
