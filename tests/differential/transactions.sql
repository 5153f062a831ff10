-- Transactions that fail and recover, savepoints, isolation levels, chains. Every line is said twice.
begin
select 1
commit
rollback
abort
end
savepoint a
rollback to a
release a
begin
select 1 / 0
select 1
show work_mem
savepoint a
commit
begin
savepoint a
select nope
select 1
rollback to a
select 1
release a
release a
select 1
rollback
begin
savepoint a
savepoint b
rollback to savepoint a
rollback to b
rollback
begin
release nope
rollback
begin transaction isolation level serializable
show transaction_isolation
rollback
begin isolation level repeatable read, read only
show transaction_isolation
show transaction_read_only
set transaction isolation level read committed
rollback
begin isolation level read uncommitted deferrable
show transaction_isolation
show transaction_deferrable
select 1
set transaction isolation level serializable
rollback
start transaction
set local work_mem = '2MB'
show work_mem
commit
show work_mem
begin
set work_mem = '3MB'
rollback
show work_mem
begin
set work_mem = '3MB'
commit
show work_mem
reset work_mem
begin
savepoint a
set local timezone = 'Asia/Tokyo'
show timezone
rollback to a
show timezone
rollback
begin
insert into learnamp.teams (id) values (1)
select 1
rollback
rollback
begin
rollback
begin
set nope = 1
select 1
rollback
begin
selec 1
select 1
rollback
begin
select * from nope
commit
select 1
begin
discard all
rollback
begin
rollback
begin
rollback
begin
select 1
commit and chain
show transaction_isolation
rollback and chain
rollback and no chain
commit and chain
rollback and chain
begin isolation level nope
begin; select 1
begin
rollback
begin
select now() = now(), now() = transaction_timestamp(), statement_timestamp() >= now()
lock table learnamp.teams in access share mode
rollback
begin
deallocate nope
rollback
begin
fetch all from nope
rollback
begin
close nope
rollback
begin
savepoint "A b"
rollback to savepoint "A b"
release savepoint "A b"
rollback to "A b"
rollback
@declare c cursor for select 1; fetch c
@fetch c
@set local work_mem = '1MB'; show work_mem
show work_mem
@savepoint a; select 1
@select 1; commit; select 2
@select 1; begin; select 2
rollback
@lock table learnamp.teams in access share mode; select 1
@select 1; vacuum learnamp.teams
@vacuum learnamp.teams; select 1
@select 1; rollback; select 2
@begin; select 1; commit; declare c cursor for select 1; fetch c
@select 1; discard all
@discard all; select 1
@select 1; savepoint a
@release a; select 1
@commit and chain; select 1
@select 1; set transaction isolation level serializable
@set transaction isolation level serializable; show transaction_isolation
show transaction_isolation
@select 1; rollback to a
@begin; savepoint a; set transaction deferrable
rollback
@begin; savepoint a; set transaction isolation level read committed; commit
@declare c cursor for select 1; declare d cursor with hold for select 2; fetch d; fetch c
fetch d
close all
@select 1; select 1/0; select 2
@set work_mem = '9MB'; select 1/0
show work_mem
@begin; set work_mem = '9MB'; commit; select 1/0
show work_mem
reset work_mem
