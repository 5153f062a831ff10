-- rows of the big table
select count(*) from learnamp.activities

-- one activity by its key
select * from learnamp.activities where id = 123456

-- last fifty activities of one person
select id, happened_at, verb, type, content_id, score from learnamp.activities
where user_id = 4711 order by happened_at desc, id limit 50

-- range of a date filter
select min(happened_at), max(happened_at) from learnamp.activities

-- values of a filter
select distinct verb from learnamp.activities order by verb

-- activities and people by month
select date_trunc('month', happened_at) as month, count(*) as activities, count(distinct user_id) as people
from learnamp.activities group by 1 order by 1

-- activities by verb and kind of content
select verb, type, count(*) as activities, avg(score) as score, sum(total_time) as seconds
from learnamp.activities group by verb, type order by activities desc, verb, type

-- most active people by name
select u.full_name, u.id, count(*) as activities, max(a.happened_at) as latest
from learnamp.activities a join learnamp.users u on u.id = a.user_id
where u.deactivated is not true
group by u.id, u.full_name order by activities desc, u.id limit 20

-- activities of people with more than the average
select count(*) from (
    select user_id, count(*) as n from learnamp.activities group by user_id
) counted
where n > (select count(*) * 1.0 / count(distinct user_id) from learnamp.activities)

-- running total by month
select month, n, sum(n) over (order by month) as so_far from (
    select date_trunc('month', happened_at) as month, count(*) as n from learnamp.activities group by 1
) monthly order by month

-- best score of each person in each content
select content_id, count(*) from (
    select content_id, user_id, row_number() over (partition by content_id, user_id order by score desc nulls last, id) as place
    from learnamp.activities where completed
) ranked where place = 1 group by content_id order by 2 desc, 1 limit 20

-- completion by course and country
select c.name, u.country, count(*) as started, count(p.completed_at) as completed,
    round(100.0 * count(p.completed_at) / count(*), 1) as percent
from learnink.user_course_performance p
join learnink.users u on u.id = p.user_id
join learnink.courses c on c.id = p.course_id
group by c.name, u.country order by c.name, u.country

-- median score by course
select course_id, percentile_cont(0.5) within group (order by average_score) as median, stddev_samp(average_score) as spread
from learnink.user_course_performance group by course_id order by course_id

-- time spent by course
select c.name, count(*) as trackings, sum(t.time_spent) as seconds, avg(t.progress) as progress
from learning360.courses_trackings t join learning360.courses c on c.id = t.course
group by c.id, c.name order by seconds desc nulls last, c.name

-- accesses by day of the week
select extract(isodow from d) as day, count(*) as accesses
from (select unnest(access_dates) as d from learning360.courses_trackings) accesses
group by 1 order by 1

-- people who never came back
select count(*) from learnamp.users u
where not exists (select 1 from learnamp.activities a where a.user_id = u.id and a.happened_at > u.created_at + interval '30 days')

-- names that contain
select count(*) from learnamp.users where full_name ilike '%an%'

-- newest hundred across the big table
select id, user_id, happened_at from learnamp.activities order by happened_at desc nulls last, id limit 100
