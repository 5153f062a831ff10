-- The path language: manual 9.16.2. What a path prints as.
select '$'::jsonpath, 'strict $'::jsonpath, 'lax $'::jsonpath, '$.a'::jsonpath, '$.a.b'::jsonpath, '$."a b".c'::jsonpath, '$.*'::jsonpath, '$[*]'::jsonpath, '$.**'::jsonpath
select '$[0]'::jsonpath, '$[0,1]'::jsonpath, '$[0 to 3]'::jsonpath, '$[last]'::jsonpath, '$[last - 1]'::jsonpath, '$[0, 2 to last]'::jsonpath, '$[$.a]'::jsonpath
select '$.**{2}'::jsonpath, '$.**{1 to 3}'::jsonpath, '$.**{2 to last}'::jsonpath, '$.**{last}'::jsonpath, '$.**{0 to last}'::jsonpath
select '$.a + 1'::jsonpath, '$.a + 1 * 2'::jsonpath, '($.a + 1) * 2'::jsonpath, '-$.a'::jsonpath, '+$.a'::jsonpath, '$.a - 1 - 2'::jsonpath, '$.a - (1 - 2)'::jsonpath, '$ % 2'::jsonpath, '-1'::jsonpath, '1.50'::jsonpath, '1e3'::jsonpath, '.5'::jsonpath, '-(1)'::jsonpath
select '$ ? (@ > 1)'::jsonpath, '$.a ? (@.b == 1 && @.c != "x")'::jsonpath, '$ ? (@.a || @.b)'::jsonpath
select '$ ? (@.a == 1 || @.b == 2 && @.c == 3)'::jsonpath, '$ ? ((@.a == 1 || @.b == 2) && @.c == 3)'::jsonpath, '$ ? (!(@.a == 1))'::jsonpath, '$ ? (exists(@.a))'::jsonpath, '$ ? (!exists(@.a))'::jsonpath
select '$ ? (@ <> 1)'::jsonpath, '$ ? (@ = 1)'::jsonpath, '$ ? (@ >= 1)'::jsonpath, '$ ? (@ starts with "a")'::jsonpath, '$ ? (@ like_regex "^a")'::jsonpath, '$ ? (@ like_regex "^a" flag "i")'::jsonpath, '$ ? (@ like_regex "^a" flag "ismxq")'::jsonpath, '$ ? ((@ == 1) is unknown)'::jsonpath
select '$ ? (@ starts with $x)'::jsonpath, '$x'::jsonpath, '$"x y"'::jsonpath, '$.a[*] ? (@ > $min)'::jsonpath
select '$.type()'::jsonpath, '$.size()'::jsonpath, '$.double()'::jsonpath, '$.ceiling()'::jsonpath, '$.floor()'::jsonpath, '$.abs()'::jsonpath, '$.datetime()'::jsonpath, '$.datetime("HH24")'::jsonpath, '$.keyvalue()'::jsonpath
select 'true'::jsonpath, 'false'::jsonpath, 'null'::jsonpath, '"a"'::jsonpath, '"a\n\"\u0041"'::jsonpath, '1'::jsonpath, '$.a == 1'::jsonpath, '$.a > 1 && $.b < 2'::jsonpath, '!($.a == 1)'::jsonpath, 'exists($.a)'::jsonpath
select '$.a /* comment */ .b'::jsonpath, '  $ . a [ * ]  '::jsonpath, '$.type'::jsonpath, '$.true'::jsonpath, '$.is'::jsonpath, '$.strict'::jsonpath, '$.last'::jsonpath, '$."$a"'::jsonpath, '$.\u0061'::jsonpath, '$.a\x62'::jsonpath
select '(1).type()'::jsonpath, '"a".size()'::jsonpath, '$.a.type().size()'::jsonpath, '($.a).b'::jsonpath, '($ + 1).abs()'::jsonpath, '(-1).abs()'::jsonpath, '$.a ? (@ > 1).b'::jsonpath, '($.a ? (@ > 1)).b'::jsonpath
select ''::jsonpath
select '.'::jsonpath
select '$.'::jsonpath
select '$..a'::jsonpath
select '$[]'::jsonpath
select '$[1'::jsonpath
select '$ ? '::jsonpath
select '$ ? (@ >)'::jsonpath
select '$ ? @ > 1'::jsonpath
select '@'::jsonpath
select '@ + 1'::jsonpath
select 'last'::jsonpath
select '1.type()'::jsonpath
select '1a'::jsonpath
select '01'::jsonpath
select '1.e'::jsonpath
select '1e'::jsonpath
select '"abc'::jsonpath
select '$ ? (@ like_regex "(")'::jsonpath
select '$ ? (@ like_regex "a" flag "z")'::jsonpath
select '$ ? (@ like_regex "a" flag "x")'::jsonpath
select '$ ? (@ like_regex a)'::jsonpath
select 'a'::jsonpath
select '$.foo()'::jsonpath
select 'strict'::jsonpath
select '$ $'::jsonpath
select '$.a b'::jsonpath
select '$.a == 1 == 2'::jsonpath
select '/* open'::jsonpath
select '"\ud83d"'::jsonpath
select '$.double'::jsonpath, '$.keyvalue'::jsonpath, '$.with'::jsonpath, '$.starts'::jsonpath, '$.flag'::jsonpath, '$.to'::jsonpath, '$.unknown'::jsonpath, '$.exists'::jsonpath, '$.null'::jsonpath, '$.lax'::jsonpath
-- Paths over documents
select jsonb_path_query('{"a":{"b":[1,2,3]}}', '$.a.b[*]')
select jsonb_path_query('{"a":{"b":[1,2,3]}}', '$.a.b')
select jsonb_path_query('{"a":1,"b":{"c":2}}', '$.*')
select jsonb_path_query('[1,[2,3],{"a":4}]', '$[*]')
select jsonb_path_query('[1,[2,3],{"a":4}]', '$[*].a')
select jsonb_path_query('[1,[2,3],{"a":4}]', 'strict $[*].a')
select jsonb_path_query('{"a":1}', '$.b')
select jsonb_path_query('{"a":1}', 'strict $.b')
select jsonb_path_query('{"a":1}', 'strict $.b', silent => true)
select jsonb_path_query('1', 'strict $.b')
select jsonb_path_query('[1]', 'strict $.b')
select jsonb_path_query('1', 'strict $.*')
select jsonb_path_query('1', 'strict $[*]')
select jsonb_path_query('1', 'strict $[0]')
select jsonb_path_query('1', '$[*]'), jsonb_path_query('1', '$[0]'), jsonb_path_query('1', '$[last]')
select jsonb_path_query('[1,2,3]', '$[0]'), jsonb_path_query('[1,2,3]', '$[last]'), jsonb_path_query('[1,2,3]', '$[last-1]'), jsonb_path_query('[1,2,3]', '$[1.7]')
select jsonb_path_query('[1,2,3]', '$[0 to 1]')
select jsonb_path_query('[1,2,3]', '$[0, 2]')
select jsonb_path_query('[1,2,3]', '$[1 to last]')
select jsonb_path_query('[1,2,3]', '$[5]')
select jsonb_path_query('[1,2,3]', 'strict $[5]')
select jsonb_path_query('[1,2,3]', 'strict $[2 to 1]')
select jsonb_path_query('[1,2,3]', '$[2 to 1]')
select jsonb_path_query('[1,2,3]', '$["a"]')
select jsonb_path_query('[1,2,3]', '$[-1]')
select jsonb_path_query('[1,2,3]', '$[10000000000]')
select jsonb_path_query('[[1,2],[3]]', '$[*][*]')
select jsonb_path_query('{"a":{"b":{"c":1}}}', '$.**')
select jsonb_path_query('{"a":{"b":{"c":1}}}', '$.**{1}')
select jsonb_path_query('{"a":{"b":{"c":1}}}', '$.**{2 to last}')
select jsonb_path_query('{"a":{"b":{"c":1}}}', '$.**{last}')
select jsonb_path_query('{"a":[{"b":1},{"b":2}]}', '$.**.b')
select jsonb_path_query('{"a":[{"b":1},{"b":2}]}', 'strict $.**.b')
select jsonb_path_query('[1,2,3,4]', '$[*] ? (@ > 2)')
select jsonb_path_query('[1,2,3,4]', '$ ? (@ > 2)')
select jsonb_path_query('[1,2,3,4]', 'strict $ ? (@ > 2)')
select jsonb_path_query('[1,2,3,4]', '$[*] ? (@ > 1 && @ < 4)')
select jsonb_path_query('[1,2,3,4]', '$[*] ? (@ == 1 || @ == 4)')
select jsonb_path_query('[1,2,3,4]', '$[*] ? (!(@ == 1))')
select jsonb_path_query('[1,"2",null,true,{},[]]', '$[*] ? (@ != 1)')
select jsonb_path_query('[1,"2",null,true,{},[5]]', 'strict $[*] ? (@ == @)')
select jsonb_path_query('[1,"a",null]', '$[*] ? (@ == null)')
select jsonb_path_query('["b","a","B"]', '$[*] ? (@ >= "a")')
select jsonb_path_query('[true,false]', '$[*] ? (@ > false)')
select jsonb_path_query('[{"a":1,"b":2},{"a":3}]', '$[*] ? (@.b == 2).a')
select jsonb_path_query('[{"a":1,"b":2},{"a":3}]', '$[*] ? (exists(@.b))')
select jsonb_path_query('[{"a":1,"b":2},{"a":3}]', '$[*] ? (!exists(@.b)).a')
select jsonb_path_query('[{"a":1},{"a":3}]', 'strict $[*] ? (exists(@.b))')
select jsonb_path_query('[{"a":1},{"b":3}]', 'strict $[*] ? (@.a == 1)')
select jsonb_path_query('[{"a":1},{"b":3}]', 'strict $[*] ? ((@.a == 1) is unknown)')
select jsonb_path_query('["abc","xbc","ABc"]', '$[*] ? (@ starts with "a")')
select jsonb_path_query('["abc","xbc",1]', '$[*] ? (@ starts with $p)', '{"p":"x"}')
select jsonb_path_query('["abc","xbc","ABc",1]', '$[*] ? (@ like_regex "^a")')
select jsonb_path_query('["abc","xbc","ABc",1]', '$[*] ? (@ like_regex "^a" flag "i")')
select jsonb_path_query('["a.c","abc"]', '$[*] ? (@ like_regex "a.c" flag "q")')
select jsonb_path_query('["a\nc","abc"]', '$[*] ? (@ like_regex "a.c")')
select jsonb_path_query('["a\nc","abc"]', '$[*] ? (@ like_regex "a.c" flag "s")')
select jsonb_path_query('["x\na","abc"]', '$[*] ? (@ like_regex "^a" flag "m")')
select jsonb_path_query('["A+B"]', '$[*] ? (@ like_regex "a+b" flag "qi")')
select jsonb_path_query('{"a":5,"b":[1,2]}', '$.a + 1'), jsonb_path_query('{"a":5}', '$.a * 2.5'), jsonb_path_query('{"a":5}', '-$.a'), jsonb_path_query('{"a":5}', '$.a / 2'), jsonb_path_query('{"a":5}', '$.a % 3'), jsonb_path_query('{"a":5}', '2 - $.a')
select jsonb_path_query('[1,2]', '-$[*]')
select jsonb_path_query('[1,2]', '-$')
select jsonb_path_query('[1,2]', '$[*] + 1')
select jsonb_path_query('["a"]', '$[0] + 1')
select jsonb_path_query('[1]', '1 + $[*].a')
select jsonb_path_query('["a"]', '-$[0]')
select jsonb_path_query('1', '$ / 0')
select jsonb_path_query('1', '$ % 0')
select jsonb_path_query('1', '$ / 0', silent => true)
select jsonb_path_query('{"a":1}', '$.a == 1'), jsonb_path_query('{"a":1}', '$.a > 5'), jsonb_path_query('{"a":1}', '$.a > "x"'), jsonb_path_query('{"a":1}', '$.b > 1')
select jsonb_path_query('[1,"a",null,true,{},[]]', '$[*].type()')
select jsonb_path_query('[1,2]', '$.type()'), jsonb_path_query('[1,2,3]', '$.size()'), jsonb_path_query('1', '$.size()')
select jsonb_path_query('1', 'strict $.size()')
select jsonb_path_query('["1.5", 2, "1e3"]', '$[*].double()')
select jsonb_path_query('"x"', '$.double()')
select jsonb_path_query('"nan"', '$.double()')
select jsonb_path_query('true', '$.double()')
select jsonb_path_query('"1e400"', '$.double()')
select jsonb_path_query('[-1.5, 1.5, 2]', '$[*].ceiling()'), jsonb_path_query('[-1.5, 1.5, 2]', '$[*].floor()'), jsonb_path_query('[-1.5, 1.5, 2]', '$[*].abs()')
select jsonb_path_query('"a"', '$.abs()')
select jsonb_path_query('["a"]', '$.floor()')
select jsonb_path_query('{"a":1,"b":[2]}', '$.keyvalue()')
select jsonb_path_query('{"a":1,"b":[2]}', '$.keyvalue().key'), jsonb_path_query('{"a":1,"b":[2]}', '$.keyvalue().value')
select jsonb_path_query('[{"a":1},{"b":2}]', '$[*].keyvalue().id')
select jsonb_path_query('[{"a":1},{"b":2}]', '$.keyvalue().key')
select jsonb_path_query('1', '$.keyvalue()')
select jsonb_path_query('[1]', 'strict $.keyvalue()')
select jsonb_path_query('"2026-01-05"', '$.datetime()'), jsonb_path_query('"2026-01-05 10:11:12"', '$.datetime()'), jsonb_path_query('"2026-01-05T10:11:12"', '$.datetime()'), jsonb_path_query('"10:11:12"', '$.datetime()'), jsonb_path_query('"10:11:12+03"', '$.datetime()')
select jsonb_path_query('"2026-01-05"', '$.datetime().type()'), jsonb_path_query('"2026-01-05 10:11:12"', '$.datetime().type()'), jsonb_path_query('"10:11:12"', '$.datetime().type()'), jsonb_path_query('"10:11:12+03"', '$.datetime().type()'), jsonb_path_query_tz('"2026-01-05 10:11:12+03"', '$.datetime().type()')
select jsonb_path_query('"05.01.2026"', '$.datetime("DD.MM.YYYY")'), jsonb_path_query('"10:11"', '$.datetime("HH24:MI")'), jsonb_path_query('"05.01.2026 10"', '$.datetime("DD.MM.YYYY HH24")')
select jsonb_path_query('"2026-01-05 10:11:12+03"', '$.datetime()')
select jsonb_path_query_tz('"2026-01-05 10:11:12+03"', '$.datetime()')
select jsonb_path_query('"x"', '$.datetime()')
select jsonb_path_query('1', '$.datetime()')
select jsonb_path_query('"x"', '$.datetime("YYYY")')
select jsonb_path_query('["2026-01-05","2026-02-01","2025-01-01"]', '$[*].datetime() ? (@ >= "2026-01-01".datetime())')
select jsonb_path_query('["2026-01-05 10:00:00","2026-02-01"]', '$[*].datetime() ? (@ < "2026-01-31".datetime())')
select jsonb_path_query('["10:00:00","12:00:00"]', '$[*].datetime() ? (@ > "11:00:00".datetime())')
select jsonb_path_query('["10:00:00","2026-01-01"]', '$[*].datetime() ? (@ > "11:00:00".datetime())')
select jsonb_path_query('["2026-01-05 10:00:00+00","2026-02-01"]', '$[*].datetime() ? (@ < "2026-01-31".datetime())')
select jsonb_path_query_tz('["2026-01-05 10:00:00+00","2026-02-01"]', '$[*].datetime() ? (@ < "2026-01-31".datetime())')
select jsonb_path_query('{"a":[1,5]}', '$.a[*] ? (@ > $min)', '{"min":2}')
select jsonb_path_query('{"a":[1,5]}', '$.a[*] ? (@ > $min)')
select jsonb_path_query('{"a":[1,5]}', '$x', '[1]')
select jsonb_path_query('1', '$x + 1', '{"x":2}'), jsonb_path_query('1', '$x', '{"x":{"y":[1]}}'), jsonb_path_query('1', '$x.y[0]', '{"x":{"y":[1]}}')
select jsonb_path_query('[[1,2],[3]]', '$[*] ? (@[*] > 2)')
select jsonb_path_query('[[1,2],[3]]', 'strict $[*] ? (@[*] > 2)')
select jsonb_path_query('[{"v":[1,2]},{"v":[5]}]', '$[*] ? (@.v[*] > 4).v')
select jsonb_path_query('{"a":[{"b":[{"c":1},{"c":2}]},{"b":[{"c":3}]}]}', '$.a[*].b[*].c')
select jsonb_path_query('{"a":[{"b":[{"c":1},{"c":2}]},{"b":[{"c":3}]}]}', '$.a.b.c')
select jsonb_path_query('{"a":[{"b":[{"c":1},{"c":2}]},{"b":[{"c":3}]}]}', '$.a[*].b[last].c')
select jsonb_path_query('[1,2,3]', '$[*] ? (@ % 2 == 1) ? (@ > 1)')
select jsonb_path_query('{"a":"x"}', '$ ? (@.a == "x" && exists(@.b) || @.a == "x")')
select jsonb_path_query('[1,2]', '$ ? (@[0] < @[1])')
select jsonb_path_query('{"a":[1,2,3],"n":2}', '$.a[$.n]'), jsonb_path_query('{"a":[1,2,3],"n":2}', '$.a[*] ? (@ >= $.n)')
select jsonb_path_query('null', '$ ? (@ == null)'), jsonb_path_query('"a"', '"lit"'), jsonb_path_query('1', 'null'), jsonb_path_query('1', '1.50'), jsonb_path_query('1', '(1 + 2) * 3')
-- The other functions and operators
select jsonb_path_exists('{"a":[1,2]}', '$.a[*] ? (@ > 1)'), jsonb_path_exists('{"a":[1,2]}', '$.a[*] ? (@ > 5)'), jsonb_path_exists('{}', '$.a'), jsonb_path_exists('{}', 'strict $.a', '{}', true)
select jsonb_path_exists('{}', 'strict $.a')
select jsonb_path_match('{"a":1}', '$.a == 1'), jsonb_path_match('{"a":1}', '$.a == 2'), jsonb_path_match('{"a":1}', '$.a == "x"'), jsonb_path_match('{"a":1}', 'exists($.b)'), jsonb_path_match('{"a":1}', '$.a > $x', '{"x":0}')
select jsonb_path_match('{"a":1}', '$.a')
select jsonb_path_match('{"a":1}', '$.a', '{}', true)
select jsonb_path_match('[true,false]', '$[*]')
select jsonb_path_match('null', '$')
select jsonb_path_query_array('[1,2,3]', '$[*] ? (@ > 1)'), jsonb_path_query_array('{}', '$.a'), jsonb_path_query_array('{"a":1}', '$.a')
select jsonb_path_query_first('[1,2,3]', '$[*] ? (@ > 1)'), jsonb_path_query_first('{}', '$.a'), jsonb_path_query_first('[1,"a"]', '$[*].double()')
select jsonb_path_query_array('[1,"a"]', '$[*].abs()', '{}', true), jsonb_path_query_first('{}', 'strict $.a', '{}', true)
select '{"a":1}'::jsonb @? '$.a', '{"a":1}'::jsonb @? '$.b', '{"a":1}'::jsonb @? 'strict $.b', '{"a":1}'::jsonb @@ '$.a == 1', '{"a":1}'::jsonb @@ '$.a', '{"a":1}'::jsonb @@ '$.a == "x"', '{"a":1}'::jsonb @@ 'strict $.b == 1'
select * from jsonb_path_query('[1,2,3]', '$[*] ? (@ > 1)') with ordinality
select * from jsonb_path_query('{"a":[1,2]}', '$.a[*]') x where x > '1'
select jsonb_path_exists_tz('["2026-01-05 10:00:00+00"]', '$[*].datetime() ? (@ < "2026-01-31".datetime())'), jsonb_path_match_tz('{"a":1}', '$.a == 1'), jsonb_path_query_array_tz('[1]', '$[*]'), jsonb_path_query_first_tz('[1]', '$[*]')
select jsonb_path_query(null, '$'), jsonb_path_query_first('1', null), jsonb_path_exists(null, '$.a')
select jsonb_path_query('{"a":1}', '$.a'::text::jsonpath)
select jsonb_path_query('{"a":1}', '$.a'::text)
select x, jsonb_path_exists(x, '$.a ? (@ > 1)') from (values ('{"a":1}'::jsonb),('{"a":2}'),('[{"a":5}]'),(null)) v(x) order by x
select id, jsonb_path_query_array(to_jsonb(l), '$.*') from learnamp.locations l order by id limit 3
select count(*) from learnink.users where user_groups @? '$[*]'
select count(*) from learnink.users where jsonb_path_exists(user_groups, '$[1]')
select pg_typeof('$.a'::jsonpath), pg_typeof(jsonb_path_query_first('1', '$'))
set timezone = 'Africa/Nairobi'
select jsonb_path_query_tz('"2026-01-05 10:11:12+00"', '$.datetime()'), jsonb_path_query_tz('["2026-01-05","2026-01-05 02:00:00+00","2026-01-04 21:00:00+00"]', '$[*].datetime() ? (@ <= "2026-01-05 00:00:00+03".datetime())')
reset timezone
select '"\uq"'::jsonpath
select '"a\u12"'::jsonpath
select '"\u12fz"'::jsonpath
select '"\u{12"'::jsonpath
select '"\ud800\udbff"'::jsonpath
select '$."\u1"'::jsonpath
