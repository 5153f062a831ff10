-- Everything that writes is refused; what a reader may say is answered.
insert into learnamp.teams (id) values (1)
insert into learnamp.teams select * from learnamp.teams
update learnamp.teams set name = 'x'
delete from learnamp.teams
delete from learnamp.teams where id = 1 returning *
truncate learnamp.teams
merge into learnamp.teams t using learnamp.locations l on t.id = l.id when matched then delete
create table x (a int)
create table learnamp.x (a int)
create table if not exists x (a int)
create temp table x (a int)
create temporary table x as select 1
create table x as select 1
create table learnamp.x as select 1
select 1 as a into x
select 1 as a into temp x
create view x as select 1
create or replace view learnamp.x as select 1
create temp view x as select 1
create materialized view x as select 1
create index on learnamp.teams (name)
create unique index x on learnamp.teams (id)
create schema x
create database x
create role x
create user x
create function x() returns int language sql as 'select 1'
create procedure x() language sql as 'select 1'
create type x as enum ('a')
create type x as (a int)
create domain x as int
create sequence x
create extension hstore
create trigger x before insert on learnamp.teams for each row execute function nope()
create rule x as on insert to learnamp.teams do nothing
create policy x on learnamp.teams
create publication x
create aggregate x (int) (sfunc = int4pl, stype = int)
create operator === (leftarg = int, rightarg = int, function = int4eq)
create cast (int as bool) without function
create collation x from "C"
create statistics x on id, name from learnamp.teams
create tablespace x location '/tmp'
create foreign table x (a int) server y
create server x foreign data wrapper y
create text search configuration x (copy = english)
create event trigger x on ddl_command_start execute function nope()
create language x
create access method x type table handler nope
create conversion x for 'UTF8' to 'LATIN1' from nope
alter table learnamp.teams add column x int
alter table learnamp.teams rename to x
alter table nope add column x int
alter role reporting set work_mem = '1MB'
alter database acme set work_mem = '1MB'
alter system set work_mem = '1MB'
alter schema learnamp rename to x
alter view x rename to y
alter sequence x restart
alter type x add value 'b'
alter function upper(text) rename to x
alter default privileges grant select on tables to public
drop table learnamp.teams
drop table if exists nope
drop table nope
drop schema learnamp
drop view x
drop index x
drop function upper(text)
drop role nope
drop database nope
drop owned by reporting
reassign owned by reporting to reporting
grant select on learnamp.teams to public
grant reporting to postgres
revoke select on learnamp.teams from public
comment on table learnamp.teams is 'x'
security label on table learnamp.teams is 'x'
refresh materialized view x
checkpoint
load 'x'
lock table learnamp.teams in access share mode
listen x
unlisten x
unlisten *
copy learnamp.teams from '/tmp/x'
copy learnamp.teams to '/tmp/x'
copy (select 1) to program 'cat'
copy nope to stdout
import foreign schema x from server y into z
set default_transaction_read_only = off
set session characteristics as transaction read write
set default_transaction_read_only = on
rollback
rollback
set session authorization default
set role reporting
set role none
set role nope
reset role
commit prepared 'x'
rollback prepared 'x'
select nextval('x')
select setval('x', 1)
select currval('x')
select lastval()
select lo_import('/tmp/x')
select pg_read_file('/etc/passwd')
select pg_ls_dir('.')
select pg_reload_conf()
select pg_rotate_logfile()
select txid_current_if_assigned()
select pg_switch_wal()
select pg_create_restore_point('x')
explain analyze insert into learnamp.teams (id) values (1)
declare c cursor for insert into learnamp.teams (id) values (1)
with x as (update learnamp.teams set name = 'y' returning id) select * from x
select * from learnamp.teams for update
copy learnamp.users from stdin
copy learnamp.users (id, nothing) from stdin
copy learnamp.users (id, id) from stdin
copy nothing from stdin
copy learnamp.users from stdin (format csv, nothing 1)
-- COPY into a table is understood, and then not permitted.
@copy learnamp.locations from stdin
@copy learnamp.locations (id, nope) from stdin
@copy nowhere from stdin
@copy learnamp.locations (id, id) from stdin
@copy learnamp.locations from stdin (format csv, force_null (id))
@copy learnamp.locations from stdin where id > 1
@copy learnamp.locations from stdin where nope > 1
@copy learnamp.locations from '/tmp/x'
@copy learnamp.locations from stdin (nope)
@copy learnamp.locations from stdin (format csv, header match)
