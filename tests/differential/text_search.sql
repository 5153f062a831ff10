-- Full text search (chapter 12, functions of 9.13): vectors, queries, configurations simple and english.
select 'a fat cat sat on a mat'::tsvector, 'a:1A,3 b:2 a:1B'::tsvector, ''::tsvector, ' '::tsvector, 'B a A b ab aa'::tsvector, 'a:99999'::tsvector
select $$'c d':5C '''' 'x''y':3 \\z q\:r:4 'é':1 日本:2$$::tsvector
select 'a:1 a:1A a:2*'::tsvector, 'a:3,1,2,1B'::tsvector, 'b a'::tsvector = 'a b'::tsvector
select 'a:'::tsvector
select 'a:x'::tsvector
select 'a:0'::tsvector
select $$'a$$::tsvector
select $$a\$$::tsvector
select ''''''::tsvector
select 'a & b'::tsquery, 'a|b&!c'::tsquery, '(a|b)&c'::tsquery, 'a:*b & !c:AB'::tsquery, '!(a | b) & c <-> (d | e)'::tsquery, 'a <-> (b <-> c)'::tsquery, '(a <-> b) <-> c'::tsquery, '!!a'::tsquery, '!(a & b)'::tsquery, $$'a b':D & 'it''s' & \\x$$::tsquery, 'a:dcba'::tsquery, 'a<->b<2>c<0>d'::tsquery
select 'a &'::tsquery
select 'a b'::tsquery
select '(a'::tsquery
select 'a)'::tsquery
select '& a'::tsquery
select 'a <-1> b'::tsquery
select 'a <16385> b'::tsquery
select 'a:z'::tsquery
select '!'::tsquery
select '()'::tsquery
select to_tsvector('english', 'a fat cat sat on a mat - it ate a fat rats'), to_tsvector('english', 'The Fat Rats'), to_tsvector('simple', 'The Fat Rats'), to_tsvector('a b c'), to_tsvector('english', null)
select to_tsvector('nope', 'a')
select to_tsvector('english', 'running runs ran runner easily fairly skies dying lying news innings happily relational conditional rationalization'), to_tsvector('english', 'generously generic general communication communism arsenal arsenic succeed proceed exceed'), to_tsvector('simple', 'ÉCOLE École naïve 日本語 Straße')
select to_tsquery('english', 'The & Fat & Rats'), to_tsquery('simple', 'The & Fat'), to_tsquery('english', 'Fat | Rats:AB'), to_tsquery('english', 'supern:*A & star:A*B'), to_tsquery('english', '!cats'), to_tsquery('english', '''supernovae stars'' & !crab'), to_tsquery('english', 'foo-bar & the'), to_tsquery('english', 'cat <-> the <-> dog'), to_tsquery('english', 'the <-> cat'), to_tsquery('english', 'cat <-> the')
select to_tsquery('english', 'fat rats')
select plainto_tsquery('english', 'The Fat Rats'), plainto_tsquery('english', 'The Fat & Rats:C'), plainto_tsquery('simple', 'The cat''s'), phraseto_tsquery('english', 'The Fat Rats'), phraseto_tsquery('english', 'cat in the hat'), phraseto_tsquery('english', 'the cat'), phraseto_tsquery('simple', 'a b c')
select websearch_to_tsquery('english', '"supernovae stars" -crab'), websearch_to_tsquery('english', '"sad cat" or "fat rat"'), websearch_to_tsquery('english', 'signal -"segmentation fault"'), websearch_to_tsquery('english', '""" )( dummy \\ query <->'), websearch_to_tsquery('english', 'fat cat or dog -mouse')
select websearch_to_tsquery('english','http://a.com/b'), websearch_to_tsquery('english','a:b c'), websearch_to_tsquery('english','cat''s (dog) & fish | bird ! -mouse -"big rat" or'), websearch_to_tsquery('english', 'or cat'), websearch_to_tsquery('english','cat - dog'), websearch_to_tsquery('english', 'cat "" dog'), websearch_to_tsquery('english','cat or or dog'), websearch_to_tsquery('english','cat OR dog bird'), websearch_to_tsquery('simple','"unfinished quote'), websearch_to_tsquery('simple','ab-cd x_y --z orange or-b')
select to_tsvector('english', 'a fat cat sat on a mat and ate a fat rat') @@ 'cat & rat'::tsquery, 'fat & cow'::tsquery @@ to_tsvector('english', 'a fat cat sat on a mat'), to_tsvector('fat cats ate rats') @@ to_tsquery('fat & rat'), 'fat cats' @@ 'cat', 'fat cats ate rats'::text @@ 'fat & rats'::tsquery, 'a b'::tsvector @@@ 'a'::tsquery, 'a'::tsquery @@@ 'b'::tsvector
select to_tsvector('fatal error') @@ to_tsquery('fatal <-> error'), to_tsvector('error is not fatal') @@ to_tsquery('fatal <-> error'), 'a:1 b:2 c:3'::tsvector @@ 'a <-> b <-> c', 'a:1 b:2 c:3'::tsvector @@ 'a <2> c', 'a:1 b:2 c:3'::tsvector @@ 'a <-> c', 'a:1 b:2 c:3'::tsvector @@ 'a <-> !c', 'a:1 b:2'::tsvector @@ '!a <-> b', 'a:1 b:3'::tsvector @@ '!a <-> b', 'a:1 b:1'::tsvector @@ 'a <0> b'
select 'a:1 b:2 c:3 d:4'::tsvector @@ 'a <-> (b | x) <-> c', 'a:1 b:2 c:3'::tsvector @@ 'a <-> (b & !x)', 'a:1 b:2'::tsvector @@ '(a | x) <-> (b | y)', 'a:1 b:2'::tsvector @@ '!(a <-> b)', 'a:1 b:2 a:5'::tsvector @@ 'b <3> a', 'a:1 b:2 c:3'::tsvector @@ 'a <-> (b <-> c)', 'a:1 b:2 c:3'::tsvector @@ '(a <-> b) <-> c', 'a:1 b:2 c:3'::tsvector @@ '!x <-> !y', 'a:1 b:2'::tsvector @@ '(a & b) <-> c', 'a:1 b:1 c:2'::tsvector @@ '(a & b) <-> c', 'a:1'::tsvector @@ '!a <-> !a'
select 'cat:1A dog:2B'::tsvector @@ 'cat:A', 'cat:1A dog:2B'::tsvector @@ 'cat:B', 'cat:1A dog:2B'::tsvector @@ 'cat:AB & dog:B', 'cat:1'::tsvector @@ 'cat:D', 'cats:1'::tsvector @@ 'cat:*', 'cats:1A catalog:2'::tsvector @@ 'cat:*A', 'dog'::tsvector @@ 'cat:*', strip('cat:1A'::tsvector) @@ 'cat:A', strip('cat:1A dog:2'::tsvector) @@ 'cat <-> dog', strip('cat:1A dog:2'::tsvector) @@ '!(cat <-> dog)', strip('cat dog'::tsvector) @@ '!cat:A'
select 'a:1 b:2'::tsvector || 'c:1 d:2 b:3'::tsvector, ''::tsvector || 'a', 'a'::tsvector || 'b:1', 'a:1B'::tsvector || 'a:1A', to_tsvector('simple', 'one two') || to_tsvector('simple', 'three')
select 'a'::tsquery && 'b | c'::tsquery, 'a'::tsquery || 'b', !!'a & b'::tsquery, 'a'::tsquery <-> 'b', tsquery_phrase('a', 'b', 3), tsquery_phrase('a | b', 'c & d'), 'a'::tsquery <-> 'b <-> c'::tsquery, numnode('a & !b'::tsquery), numnode('a'::tsquery), numnode('(a | b) & c <-> d')
select tsquery_phrase('a', 'b', -1)
select 'a & b'::tsquery @> 'b'::tsquery, 'a'::tsquery <@ 'a | b'::tsquery, 'a'::tsquery @> 'b'::tsquery, 'a'::tsquery <@ 'b'::tsquery
select 'a'::tsquery = 'a'::tsquery, 'a'::tsquery <> 'b'::tsquery, 'a'::tsquery < 'b'::tsquery, 'a & b'::tsquery > 'c', 'a & b'::tsquery = 'b & a'::tsquery, 'a | b'::tsquery < 'a & b'::tsquery, tsquery_cmp('a', 'b'), tsquery_cmp('a & b', 'a | b'), tsquery_cmp('a <-> b', 'a <2> b'), tsquery_cmp('!a', 'a & b'), 'a:A'::tsquery = 'a'::tsquery
select q from (values ('cat'::tsquery), ('dog'), ('ant'), ('cat & dog'), ('cat | dog'), ('!cat'), ('zebra'), ('a'), ('b')) v(q) order by q
select 'a'::tsvector = 'a:1'::tsvector, 'a'::tsvector < 'b'::tsvector, 'a b'::tsvector > 'z'::tsvector, tsvector_cmp('a', 'b'), tsvector_cmp('a:1', 'a:2'), tsvector_cmp('a', 'a:1'), tsvector_cmp('a:1A', 'a:1B'), 'a:1'::tsvector <> 'a:1'::tsvector
select v from (values ('a'::tsvector), ('b'), ('a b'), ('aa'), ('a:1'), ('a:1,2'), ('a:2'), ('')) x(v) order by v
select count(distinct v) from (values ('a b'::tsvector), ('b a'), ('a:1 b'), ('a')) x(v)
select querytree('a & !b'::tsquery), querytree('!a'), querytree('!a | b'), querytree('a <-> !b'), querytree('a & b | c')
select setweight('a:1 b:2B'::tsvector, 'A'), setweight('a:1 b:2B'::tsvector, 'c'), setweight('a:1 b:2B'::tsvector, 'A', '{a}'), setweight('a b:1', 'B', '{a,b,z}'), strip('a:1 b:2B'::tsvector), length('a:1,2 b'::tsvector), length(''::tsvector)
select setweight('a:1'::tsvector, 'A', array['a', null])
select ts_delete('a:1 b:2'::tsvector, 'a'), ts_delete('a:1 b:2 c:3'::tsvector, array['a', 'c']), ts_delete('a:1'::tsvector, 'z'), ts_filter('a:1A b:2 c:3B,4A'::tsvector, '{a}'), ts_filter('a:1A b:2 c'::tsvector, '{a,d}'), array_to_tsvector('{b,a,a}'), array_to_tsvector('{}'), tsvector_to_array('b a'), tsvector_to_array('')
select ts_filter('a:1A'::tsvector, '{z}')
select array_to_tsvector(array['a', null])
select array_to_tsvector(array['a', ''])
select * from unnest('cat:3 fat:2,4B rat:5A'::tsvector)
select * from unnest('b a:1'::tsvector) with ordinality
select lexeme, positions[1] from unnest(to_tsvector('english', 'The quick brown fox')) order by 2
select ts_lexize('english_stem', 'stars'), ts_lexize('english_stem', 'the'), ts_lexize('simple', 'The'), ts_lexize('english_stem', 'a b'), ts_lexize('english_stem', 'Running')
select ts_rank('a:1 b:2'::tsvector, 'a'), ts_rank('a:1 b:2'::tsvector, 'a & b'), ts_rank('a:1 b:2'::tsvector, 'a | b'), ts_rank('a:1A b:2B c:30'::tsvector, 'a & b & c'), ts_rank('a:1,5,9 b:2'::tsvector, 'a'), ts_rank('a b'::tsvector, 'a & b'), ts_rank('a'::tsvector, 'z'), ts_rank(''::tsvector, 'a'), ts_rank('a:1 b:2'::tsvector, 'a <-> b'), ts_rank('cats:1 cat:2'::tsvector, 'cat:*')
select n, ts_rank('a:1,4 b:2A c:9 d:200'::tsvector, 'a & (b | c)', n), ts_rank_cd('a:1,4 b:2A c:9 d:200'::tsvector, 'a & (b | c)', n) from unnest(array[0,1,2,4,8,16,32,1|2,4|8,63]) n order by n
select ts_rank('{0.1,0.2,0.3,0.4}', 'a:1A b:2B c:3C d:4'::tsvector, 'a | b | c | d'), ts_rank('{-1,0.2,0.3,1}', 'a:1A b:2B'::tsvector, 'a & b', 1), ts_rank_cd('{0.1,0.2,0.3,0.4}', 'a:1A b:2B'::tsvector, 'a & b'), ts_rank_cd('{0.1,0.2,0.4,1}', 'a:1A b:2B'::tsvector, 'a & b', 32)
select ts_rank('{0.1,0.2}', 'a:1'::tsvector, 'a')
select ts_rank('{0.1,0.2,0.3,2}', 'a:1'::tsvector, 'a')
select ts_rank(array[0.1,null,0.3,1]::real[], 'a:1'::tsvector, 'a')
select ts_rank_cd('a:1 b:2'::tsvector, 'a'), ts_rank_cd('a:1 b:2'::tsvector, 'a & b'), ts_rank_cd('a:1 b:7 a:12 b:13'::tsvector, 'a & b'), ts_rank_cd('a b'::tsvector, 'a'), ts_rank_cd('a:1 b:2 c:3'::tsvector, 'a <-> b'), ts_rank_cd('a:1 b:2 c:3'::tsvector, 'a | c'), ts_rank_cd('a:1,3,5 b:2,4'::tsvector, 'a & b'), ts_rank_cd('a:1'::tsvector, 'z')
select id, ts_rank(to_tsvector('english', t), q) r, ts_rank_cd(to_tsvector('english', t), q) from (values (1, 'The cat sat on the mat with another cat'), (2, 'Dogs and cats'), (3, 'A cat is a cat is a cat, said the dog'), (4, 'nothing')) v(id, t), to_tsquery('english', 'cat & dog | mat') q order by id
select to_tsvector('english', '{"a": "The fat rats", "b": ["sat", 1, true, {"c": "on mats"}]}'::json), to_tsvector('english', '{"b": "x y", "a": "The fat rats"}'::jsonb), to_tsvector('simple', '"one two"'::jsonb), to_tsvector('{"a":"cats"}'::json)
select json_to_tsvector('{"a":"x"}', '"all"'), json_to_tsvector('english', '{"a": "The Fat Rats", "b": 123, "c": true}'::json, '["string", "numeric"]'), jsonb_to_tsvector('english', '{"aa": "The Fat Rats", "b": 123.5, "c": false, "d": null}'::jsonb, '"all"'), jsonb_to_tsvector('simple', '{"key": "value"}'::jsonb, '["key"]'), jsonb_to_tsvector('simple', '{"key": "value"}', '["BOOLEAN", "Key"]'), jsonb_to_tsvector('simple', '[1, 2]', '[]')
select jsonb_to_tsvector('simple', '{}', '"nope"')
select jsonb_to_tsvector('simple', '{}', '{}')
select jsonb_to_tsvector('simple', '{}', '[1]')
select * from ts_parse('default', 'foo - bar 12')
select * from ts_parse(3722, 'A well-known user@host.com at http://www.example.com/a?b=c!')
select * from ts_parse('nope', 'a')
select * from ts_debug('english', 'The well-known Cats, 12.5 naïve')
select alias, token, lexemes from ts_debug('simple', 'The <b>bold</b> &amp; 1.2.3')
select tokid, token from ts_parse('default', 'foo_bar foo-bar abc123 123abc foo-bar2 2foo-bar x-1 -5 +5 5.5 -5.5 5e10 1.5e-3 1.2.3 a.b.c www.example.com example.com/path/x?y=1 http://a.com/b user@host.com first.last@host.co.uk /usr/local/x.txt ./a ../b ~/c <b>x</b> <br/> &amp; &#123; don''t it''s é-à naïve café2 日本語')
select tokid, token from ts_parse('default', 'e.g. U.S.A. end. 3rd 10% $5 a/b a/b/c and/or C++ C# 12:30 2020-01-02 192.168.1.1 v1.2 foo.bar foo.com:80/x ftp://x.y/z mailto:a@b.c "quoted" (paren) x_y_z _a a_ __ a--b a-b-c a1-b2 1-2 1a-2b @user #tag co-op''s')
select to_tsvector('english', name), to_tsvector('simple', name) from learnink.courses order by name
select name from learnink.courses where to_tsvector('english', name) @@ websearch_to_tsquery('english', 'manager or safety') order by name
select count(*) from learnink.courses where name @@ 'beginner'
select ts_headline('english', 'The most common type of search is to find all documents containing given query terms and return them in order of their similarity to the query.', to_tsquery('english', 'query & similarity')), ts_headline('english', 'The most common type of search', to_tsquery('english', 'search'), 'StartSel=<<, StopSel=>>'), ts_headline('a b c', 'b'::tsquery), ts_headline('simple', 'nothing here', 'absent')
select ts_headline('english', repeat('word ', 40) || 'needle ' || repeat('tail ', 40), 'needle'::tsquery), ts_headline('english', repeat('word ', 40) || 'needle ' || repeat('tail ', 40), 'needle', 'MaxWords=5, MinWords=2'), ts_headline('english', repeat('word ', 40) || 'needle', 'needle', 'MaxWords=8, MinWords=3'), ts_headline('english', 'one needle two <b>needle</b> three-needle', 'needle', 'HighlightAll=true'), ts_headline('english', 'one needle two <b>needle</b> three-needle http://needle.com/x', 'needle')
select ts_headline('english', 'a', 'a', 'MaxWords=5, MinWords=6')
select ts_headline('english', 'a', 'a', 'Nope=5')
select ts_headline('english', 'a', 'a', 'MinWords=0')
select ts_headline('english', 'a', 'a', 'ShortWord=-1')
select get_current_ts_config(), pg_typeof(get_current_ts_config()), pg_typeof(to_tsvector('a')), pg_typeof(to_tsquery('b')), 'a'::tsvector::text, 'a'::tsquery::text, cast('a b' as tsvector)
@set default_text_search_config = 'simple'; select get_current_ts_config(), to_tsvector('The Cats'), to_tsquery('The'), 'cats' @@ 'cat'; reset default_text_search_config
select array['a'::tsvector, 'b:1'], array['a & b'::tsquery], 'a'::tsvector in ('a', 'b'), coalesce(null, 'x'::tsquery)
select max(length(to_tsvector('english', name))) from learnink.courses
select to_tsvector(1)
select 'a'::tsvector @@ 1
select to_tsquery('a', 'b', 'c')
