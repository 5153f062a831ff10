-- What PostgreSQL 15's scanner reads and refuses, and words that later grammars made keywords.
select 0x
select 1_
select 1e
select 1e5, 1.e5, .5e-1, 5., 1.5e+3
select 1..2
select 1a
select 1.a
select 1.5e
select 100$1
select 1 as a$1, 2 as _b, 3 as é
select E'\u00'
select E'\u000'
select E'\U0000000'
select E'\ud800'
select E'\ud800\u0041'
select E'\ud83d\ude00', E'\U0001f600'
select E'\udc00'
select E'\U00110000'
select E'\u0000'
select E'\x80'
select E'\000'
select E'\xzz', E'\x41\102\n\t\\\''
select 'é', E'\u00'
select U&'\00'
select U&'\+00004'
select U&'\d800'
select U&'\d800\0041'
select U&'\d83d\de00', U&'\+01f600'
select U&'\0000'
select U&'\zz' uescape '!'
select U&'!0041!!' uescape '!', U&'a\\b'
select U&'a' uescape 'a'
select U&'a' uescape 5
select U&'a' uescape '+'
select U&"\00"
select U&"d\0061t\+000061"
select 1 as U&"\d83d"
select 1 as U&"d\0061t\+000061"
select 'it''s', U&'it''s \00'
select 1 as averyveryveryveryveryveryveryveryveryveryveryveryveryverylongname_1234567890
select 1 as "averyveryveryveryveryveryveryveryveryveryveryveryveryverylongname_1234567890", 2 as "averyveryveryveryveryveryveryveryveryveryveryveryveryverylongname_1234567891"
select 1 as ééééééééééééééééééééééééééééééééééééééé
select AVERYVERYVERYVERYVERYVERYVERYVERYVERYVERYVERYVERYVERYVERYLONGNAME_1234567890 from learnamp.teams
select 1 as averyveryveryveryveryveryveryveryveryveryveryveryveryverylongname_1234567890 from from
select 'abc
select "abc
select /* abc
select /* a /* b */
select $$abc
select $a$abc$$
select $a$it's $$ here$a$, $$x$$
select b'1
select x'1
select E'\'
select ""
select U&""
select 'a' 'b'
select 1 @@@@- 2
select 1 +- 2, 2 - -1, 3*-1, @-5, 1 /* x */ + /* y /* z */ */ 2
select 5!=4, 5<>4, 5>=4, 5<=4, 7%2, 2^3
select 1 -- a comment
select $2147483648
select $99999999999
select $1a
select '{"a":1}' is json
select '{"a":1}' IS NOT JSON
select 'é' is json, nope
select json('{"a":1}'), json '{"a":2}'
select json_scalar(1)
select json_serialize('1')
select json_object('a': 1)
select json_object('a' value 1)
select json_object(key 'a' value 1)
select json_object('{a,1}')
select json_array(1,2)
select json_array(select 1)
select json_arrayagg(1)
select json_objectagg('a': 1)
select json_objectagg('a' value 1)
select json_query('{}', '$')
select json_value('{}', '$')
select json_exists('{}', '$')
select * from json_table('{}', '$' columns (a int path '$.a'))
select json_query(1)
select system_user
select any_value(1)
select xmlserialize(content '<a/>' as text indent)
select 1 as json_table, 2 as json_scalar, 3 as absent, 4 as system_user
select absent from (select 1 absent) x
select 1 target, 2 source, 3 plan, 4 path, 5 error, 6 string, 7 empty, 8 format
select path.error from (select 1 as error) as path
select format from (select 1 as json) format
select json from (values (1)) as v(json) where json = 1 group by json order by json
select 'x'::string
select string 'x'
select error
select plan(1)
select 'a' is json, 1 / 0 from nope
explain (format nope) select 1
explain (format json, nope) select 1
explain (memory) select 1
explain (serialize) select 1
select 1 at local
select now() at local is not null
select now() at time zone 'UTC' at local
create table x (a int generated always as (1) virtual)
create table x (a int not enforced)
select time(7) '12:00:00'
select current_timestamp(7) is not null
select localtime(9) is null, localtimestamp(8) is null, current_time(7) is null
select '1'::timestamp(7)
select '12:00'::time(7), 'é', '2000-01-01'::timestamptz(9)
select interval(7) '1 second'
select interval '1 second' second(7)
select cast('12:00' as timetz(8))
select current_time(-1) is null
set standard_conforming_strings = off
select 'a\nb', 'a\'b', e'\n', nope
select 'a\nb', 'a\'b', e'\n', 'é\\', 'plain'
select 'a\\b'
select U&'a'
select 'a\u0041', 'a\u00'
select 'a\nb' from from
select 'a' || 'b\n', nope
set escape_string_warning = off
select 'a\nb', '\\', current_query()
set backslash_quote = off
select 'a\'b'
reset all
set backslash_quote = off
select E'a\'b'
set backslash_quote = safe_encoding
select E'a\'b'
reset all
show standard_conforming_strings
