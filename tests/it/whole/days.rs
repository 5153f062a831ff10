//! What happens at the platforms by day, as SQL.

/// Device stamps as those of well-kept phones, one large table in each product, and one person with
/// work in all of them.
pub(super) const BEFORE: &str = "
update learnink.users set last_active = updated_at where last_active > updated_at;
update learnink.user_learningpaths set completed_at = updated_at where completed_at > updated_at;
update learnink.survey_answers set answered_at = updated_at where answered_at > updated_at;
update learnink.user_course_performance set started_at = least(started_at, updated_at);
update learnink.user_course_performance set completed_at = least(completed_at, updated_at)
    where completed_at is not null;
update learnink.user_sequence_performance set started_at = least(started_at, updated_at);
update learnink.user_sequence_performance set completed_at = least(completed_at, updated_at)
    where completed_at is not null;
update learnink.survey_answers a set answered_at = u.created_at
    from learnink.users u where u.id = a.user_id and a.answered_at < u.created_at;
update learnink.user_learningpaths a set completed_at = u.created_at
    from learnink.users u where u.id = a.user_id and a.completed_at < u.created_at;
update learnink.user_course_performance a set started_at = u.created_at
    from learnink.users u where u.id = a.user_id and a.started_at < u.created_at;
update learnink.user_sequence_performance a set started_at = u.created_at
    from learnink.users u where u.id = a.user_id and a.started_at < u.created_at;
update learnink.user_course_performance set completed_at = started_at where completed_at < started_at;
update learnink.user_sequence_performance set completed_at = started_at where completed_at < started_at;

insert into learnink.survey_answers
    select gen_random_uuid(), survey_question_id, user_id, answer_option, answer_text, answered_at, updated_at
    from (select * from learnink.survey_answers order by id limit 100) one, generate_series(1, 220);
insert into learnamp.activities (id, user_id, happened_at, completed, result, score, total_time,
        expired_at, single, type, content_id, verb, expired)
    select 1000000 + row_number() over (), user_id, happened_at, completed, result, score, total_time,
        expired_at, false, type, content_id, verb, expired
    from (select * from learnamp.activities order by id limit 100) one, generate_series(1, 220);
insert into learning360.reactions (id, created_at, author_id, group_id, course_id, target_id, collection)
    select 'r' || row_number() over (), created_at, author_id, group_id, course_id, target_id, collection
    from (select * from learning360.reactions order by id limit 100) one, generate_series(1, 220);

insert into learnink.users (id, custom_id, registration_status, custom_name, created_at, registered_at,
        last_active, updated_at)
    values ('98765432-1098-4765-8321-098765432109', 'EMP-ZQ', 'registered', 'Zebedee Quillfeather',
        now() - interval '90 days', now() - interval '90 days', now() - interval '2 days',
        now() - interval '1 day');
insert into learnink.survey_answers
    select gen_random_uuid(), survey_question_id, '98765432-1098-4765-8321-098765432109', answer_option,
        'as Zebedee said', now() - interval '20 days', now() - interval '1 day'
    from learnink.survey_answers order by id limit 30;
insert into learnink.user_course_performance
    select gen_random_uuid(), '98765432-1098-4765-8321-098765432109', id, now() - interval '30 days',
        null, 50, null, 0, 0, 0, 0, 0, 0, now() - interval '1 day'
    from learnink.courses order by id limit 1;
insert into learnamp.users (id, first_name, last_name, full_name, created_at, sign_in_count, deactivated)
    values (987654321, 'Zebedee', 'Quillfeather', 'Zebedee Quillfeather', now() - interval '90 days', 4, false);
update learnamp.teams set manager_id = 987654321, manager_name = 'Zebedee Quillfeather' where id = 1;
insert into learnamp.quiz_attempts (id, quiz_id, user_id, submitted_at, score, passed, expired, most_recent)
    values (987001, 1, 987654321, now() - interval '5 days', 50, false, false, true);
insert into learnamp.activities (id, user_id, happened_at, completed, single, type, content_id, verb, expired)
    select 2000000 + row_number() over (), 987654321, now() - interval '20 days', false, false, type,
        content_id, verb, false
    from learnamp.activities order by id limit 30;
insert into learning360.users (id, created_at, email, first_name, last_name, deleted)
    values ('zq-987654321', now() - interval '90 days', 'Zebedee@example.org', 'Zebedee', 'Quillfeather', false);
update learning360.groups set users = users || '{zq-987654321}'::text[]
    where id = (select min(id) from learning360.groups);
insert into learning360.reactions (id, created_at, author_id, group_id, course_id, target_id, collection)
    select 'z' || row_number() over (), now() - interval '20 days', 'zq-987654321', group_id, course_id,
        target_id, collection
    from learning360.reactions order by id limit 30;
insert into learning360.courses_trackings (id, created_at, course, \"user\", progress, time_spent)
    select 'z-1', now() - interval '20 days', id, 'zq-987654321', 40, 12.5
    from learning360.courses order by id limit 1;
";

/// One percent of the large tables: rows changed, gone, new, and new of a day that is long over.
pub(super) const ONE_PERCENT: &str = "
update learnink.survey_answers set answer_text = 'changed', updated_at = now() where id in (
    select id from learnink.survey_answers where answer_text is distinct from 'as Zebedee said'
    order by id limit 220);
delete from learnink.survey_answers where id in (
    select id from learnink.survey_answers where answer_text is distinct from 'as Zebedee said'
    order by id desc limit 40);
insert into learnink.survey_answers
    select gen_random_uuid(), survey_question_id, user_id, answer_option, 'new', case when turn <= 40
        then now() - interval '3 days' else now() end, now()
    from (select * from learnink.survey_answers order by id limit 1) one, generate_series(1, 50) turn;
update learnamp.activities set total_time = coalesce(total_time, 0) + 1 where id in (
    select id from learnamp.activities where id between 1000000 and 1999999 order by id limit 220);
delete from learnamp.activities where id in (
    select id from learnamp.activities where id between 1000000 and 1999999 order by id desc limit 40);
insert into learnamp.activities (id, user_id, happened_at, completed, single, type, content_id, verb, expired)
    select 3000000 + turn, user_id, case when turn <= 40 then now() - interval '3 days' else now() end,
        false, false, type, content_id, verb, false
    from (select * from learnamp.activities order by id limit 1) one, generate_series(1, 50) turn;
update learning360.reactions set archived_at = now() where id in (
    select id from learning360.reactions where id like 'r%' order by id limit 220);
delete from learning360.reactions where id in (
    select id from learning360.reactions where id like 'r%' order by id desc limit 40);
insert into learning360.reactions (id, created_at, author_id, group_id, course_id, target_id, collection)
    select 'new' || turn, case when turn <= 40 then now() - interval '3 days' else now() end, author_id,
        group_id, course_id, target_id, collection
    from (select * from learning360.reactions order by id limit 1) one, generate_series(1, 50) turn;
";

/// A bad day: a key that comes twice, a value that is no date, a number out of its range, a
/// completion before its start, a column that nobody declared; in each product.
pub(super) const BAD_DAY: &str = "
alter table learnink.survey_answers drop constraint survey_answers_pkey;
update learnink.survey_answers set updated_at = now() where id = (
    select id from learnink.survey_answers where answer_text = 'as Zebedee said' order by id limit 1);
insert into learnink.survey_answers
    select * from learnink.survey_answers where answer_text = 'as Zebedee said' order by id limit 1;
alter table learnink.user_learningpaths alter column due_date type text;
update learnink.user_learningpaths set due_date = 'someday', updated_at = now()
    where id = (select id from learnink.user_learningpaths order by id limit 1);
update learnink.learningpath_courses set position = 0, updated_at = now()
    where id = (select id from learnink.learningpath_courses order by id limit 1);
update learnink.user_course_performance set completed_at = started_at - interval '1 day', updated_at = now()
    where id = (select id from learnink.user_course_performance where completed_at is not null
        order by id limit 1);
alter table learnink.courses add column shoe_size integer;
update learnink.courses set shoe_size = 44, updated_at = now();
alter table learnamp.quiz_attempts drop constraint quiz_attempts_pkey;
insert into learnamp.quiz_attempts select * from learnamp.quiz_attempts where id = 987001;
alter table learnamp.tasks alter column deadline type text;
update learnamp.tasks set deadline = 'someday' where id = (select min(id) from learnamp.tasks);
update learnamp.users set sign_in_count = -1 where id = 2;
alter table learnamp.skills add column shoe_size integer;
update learnamp.skills set shoe_size = 44;
alter table learning360.courses_trackings drop constraint courses_trackings_pkey;
insert into learning360.courses_trackings select * from learning360.courses_trackings where id = 'z-1';
alter table learning360.posts alter column created_at type text;
update learning360.posts set created_at = 'someday' where id = (select min(id) from learning360.posts);
update learning360.courses_trackings set progress = 101
    where id = (select min(id) from learning360.courses_trackings where id <> 'z-1');
alter table learning360.skills add column shoe_size integer;
update learning360.skills set shoe_size = 44;
";

/// Somebody puts right what was refused, and drops the column.
pub(super) const REPAIRED: &str = "
delete from learnink.survey_answers where ctid = (
    select max(ctid) from learnink.survey_answers group by id having count(*) > 1);
update learnink.user_learningpaths set due_date = '2026-12-24', updated_at = now() where due_date = 'someday';
alter table learnink.courses drop column shoe_size;
update learnink.courses set updated_at = now();
delete from learnamp.quiz_attempts where ctid = (select max(ctid) from learnamp.quiz_attempts where id = 987001);
update learnamp.tasks set deadline = '2026-12-24' where deadline = 'someday';
alter table learnamp.skills drop column shoe_size;
delete from learning360.courses_trackings where ctid = (
    select max(ctid) from learning360.courses_trackings where id = 'z-1');
update learning360.posts set created_at = '2026-11-01 08:00:00' where created_at = 'someday';
alter table learning360.skills drop column shoe_size;
";

/// Most rows of a table of each product are gone.
pub(super) const SHRUNK: &str = "
create schema kept;
create table kept.sequences as table learnink.user_sequence_performance;
create table kept.tasks as table learnamp.tasks;
create table kept.trackings as table learning360.assessments_trackings;
delete from learnink.user_sequence_performance where id not in (
    select id from learnink.user_sequence_performance order by id limit 10);
delete from learnamp.tasks where id not in (select id from learnamp.tasks order by id limit 10);
delete from learning360.assessments_trackings where id not in (
    select id from learning360.assessments_trackings order by id limit 10);
";

/// They are there again.
pub(super) const GROWN: &str = "
insert into learnink.user_sequence_performance select * from kept.sequences
    where id not in (select id from learnink.user_sequence_performance);
insert into learnamp.tasks select * from kept.tasks where id not in (select id from learnamp.tasks);
insert into learning360.assessments_trackings select * from kept.trackings
    where id not in (select id from learning360.assessments_trackings);
drop schema kept cascade;
";

/// Every row of a table of each product comes twice.
pub(super) const DOUBLED: &str = "
alter table learnink.user_sequence_performance drop constraint user_sequence_performance_pkey;
update learnink.user_sequence_performance set updated_at = now();
insert into learnink.user_sequence_performance table learnink.user_sequence_performance;
alter table learnamp.tasks drop constraint tasks_pkey;
insert into learnamp.tasks table learnamp.tasks;
alter table learning360.assessments_trackings drop constraint assessments_trackings_pkey;
insert into learning360.assessments_trackings table learning360.assessments_trackings;
";

/// And once again.
pub(super) const SINGLE: &str = "
delete from learnink.user_sequence_performance one using learnink.user_sequence_performance other
    where one.id = other.id and one.ctid > other.ctid;
delete from learnamp.tasks one using learnamp.tasks other
    where one.id = other.id and one.ctid > other.ctid;
delete from learning360.assessments_trackings one using learning360.assessments_trackings other
    where one.id = other.id and one.ctid > other.ctid;
";

/// Two phones are a month ahead, and everywhere work of five days ago comes in.
pub(super) const CLOCKS: &str = "
update learnink.users set last_active = now() + interval '30 days', updated_at = now()
    where id = '98765432-1098-4765-8321-098765432109';
update learnink.user_course_performance
    set started_at = now() + interval '30 days', completed_at = null, certificate_id = null, updated_at = now()
    where user_id = '98765432-1098-4765-8321-098765432109' or id = (
        select id from learnink.user_course_performance
        where user_id <> '98765432-1098-4765-8321-098765432109' order by id desc limit 1);
insert into learnink.survey_answers
    select gen_random_uuid(), survey_question_id, user_id, answer_option, 'late',
        now() - interval '5 days', now()
    from (select * from learnink.survey_answers where answer_text = 'new' order by id limit 1) one,
        generate_series(1, 3);
insert into learnamp.quiz_attempts (id, quiz_id, user_id, submitted_at, score, passed, expired, most_recent)
    select 5000000 + turn, 1, 1, now() - interval '5 days', 70, true, false, false
    from generate_series(1, 3) turn;
insert into learning360.courses_trackings (id, created_at, course, \"user\", progress, time_spent, completed_at)
    select 'late-' || turn, now() - interval '5 days', course, \"user\", 100, 1.5, now() - interval '5 days'
    from (select * from learning360.courses_trackings order by id limit 1) one, generate_series(1, 3) turn;
";

/// The phones are put right.
pub(super) const CLOCKS_RIGHT: &str = "
update learnink.user_course_performance set started_at = now() - interval '30 days', updated_at = now()
    where started_at > now();
update learnink.users set last_active = now() - interval '1 day', updated_at = now()
    where last_active > now();
";

/// The person who was erased works on, for nobody told the platforms.
pub(super) const AFTER_ERASURE: &str = "
update learnink.users set updated_at = now(), phone_number = '+254700000000'
    where id = '98765432-1098-4765-8321-098765432109';
update learnink.survey_answers set updated_at = now() where answer_text = 'as Zebedee said';
insert into learnink.survey_answers
    select gen_random_uuid(), survey_question_id, user_id, answer_option, answer_text, now(), now()
    from learnink.survey_answers where answer_text = 'as Zebedee said' limit 5;
update learnamp.users set sign_in_count = 5 where id = 987654321;
insert into learnamp.activities (id, user_id, happened_at, completed, single, type, content_id, verb, expired)
    select 4000000 + row_number() over (), user_id, now(), false, false, type, content_id, verb, false
    from learnamp.activities where user_id = 987654321 limit 5;
update learning360.users set email = 'Zebedee.Quillfeather@example.org' where id = 'zq-987654321';
insert into learning360.reactions (id, created_at, author_id, group_id, course_id, target_id, collection)
    select 'y' || row_number() over (), now(), author_id, group_id, course_id, target_id, collection
    from learning360.reactions where author_id = 'zq-987654321' limit 5;
";
