-- Cursors. A line after @ is said through the simple protocol only, once.
declare c cursor for select 1
fetch c
fetch 2 from nope
move nope
close nope
close all
@begin; declare c cursor for select id from learnamp.teams order by id; fetch c; fetch 2 from c; fetch next from c; fetch c; commit
@begin; declare c cursor for select id from learnamp.teams order by id; fetch all from c; fetch all c; fetch c; commit
@begin; declare c cursor for select id from learnamp.teams order by id; fetch forward 2 from c; fetch forward all in c; commit
@begin; declare c scroll cursor for select id from learnamp.teams order by id; fetch last c; fetch prior c; fetch first c; fetch absolute 3 from c; fetch relative -1 from c; fetch backward 5 from c; fetch next c; commit
@begin; declare c scroll cursor for select id from learnamp.teams order by id; fetch absolute -1 from c; fetch absolute 0 from c; fetch absolute 99 from c; fetch prior from c; fetch backward all from c; fetch relative 0 from c; commit
@begin; declare c scroll cursor for select id from learnamp.teams order by id; fetch 0 from c; fetch c; fetch 0 from c; fetch -1 from c; fetch relative 2 from c; commit
@begin; declare c scroll cursor for select id from learnamp.teams order by id; move 2 from c; fetch c; move all in c; fetch c; move backward all c; fetch c; move absolute 2 c; fetch c; move last c; move first c; fetch 0 c; commit
@begin; declare c no scroll cursor for select id from learnamp.teams order by id; fetch c; fetch prior from c; commit
rollback
@begin; declare c no scroll cursor for select id from learnamp.teams order by id; fetch 3 from c; fetch absolute 1 from c; commit
rollback
@begin; declare c cursor for select 1; declare c cursor for select 2; commit
rollback
@begin; declare c cursor for select 1; close c; fetch c; commit
rollback
@begin; declare c cursor for select 1; declare d cursor for select 2; close all; fetch d; commit
rollback
@begin; declare c cursor for select nope; commit
rollback
rollback
@begin; declare c cursor for select 1; savepoint a; declare d cursor for select 2; rollback to a; fetch c; fetch d; commit
rollback
@begin; declare c cursor for select id from learnamp.teams order by id; savepoint a; fetch 2 c; rollback to a; fetch c; commit
rollback
@begin; declare c cursor for select 1; commit; fetch c
@begin; declare c cursor with hold for select id from learnamp.teams order by id; fetch c; commit; fetch c; fetch all from c; close c; fetch c
@begin; declare c cursor with hold for select 1; rollback; fetch c
declare h cursor with hold for select id, name from learnamp.locations order by id
fetch h
fetch 2 from h
fetch h
close h
declare h scroll cursor with hold for select id from learnamp.users order by id
fetch 2 from h
fetch prior from h
fetch last from h
fetch absolute 2 from h
move 3 in h
fetch 0 from h
move backward 2 in h
fetch h
close h
declare h insensitive cursor with hold for select 1
close h
declare h asensitive cursor with hold for values (1), (2)
fetch all h
close h
declare h scroll no scroll cursor with hold for select 1
declare h insensitive asensitive cursor with hold for select 1
declare h cursor with hold for insert into learnamp.teams values (1)
@declare h cursor with hold for select $1
declare h cursor with hold for table learnamp.locations
fetch forward 1 from h
fetch count from h
close h
declare h cursor with hold for with x as (select 1 as a) select * from x
fetch h
close all
fetch h
declare "H h" cursor with hold for select 1
fetch "H h"
close "H h"
fetch h h
fetch 'x' from h
declare h cursor with hold for select id, (select count(*) from learnamp.tasks t where t.user_id = u.id) n from learnamp.users u order by id
fetch 3 h
close h
@begin; declare c cursor for select generate_series(1, 100000); move 99998 in c; fetch 5 c; commit
@begin; declare c cursor for select 1 as a, null as b; fetch c; close c; close c; commit
rollback
@begin; declare c scroll cursor for select id from learnamp.teams where false; fetch c; fetch last c; fetch first c; fetch prior c; commit
