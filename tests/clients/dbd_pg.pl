# Prints what DBD::Pg learns about a database, and how it reads values.
use strict;
use warnings;
use utf8;
use open qw(:std :encoding(UTF-8));
use DBI qw(:sql_types);
use DBD::Pg qw(:pg_types :async);

print "DBD::Pg $DBD::Pg::VERSION, DBI $DBI::VERSION\n";
my $db = DBI->connect('dbi:Pg:', undef, undef, {RaiseError => 1, PrintError => 0, AutoCommit => 1, pg_enable_utf8 => 1});
my @schemas = qw(learnink learnamp learning360);

sub text {
    my ($value) = @_;
    return 'undef' unless defined $value;
    return '[' . join(',', map { text($_) } @$value) . ']' if ref $value eq 'ARRAY';
    return '{' . join(',', map { "$_=" . text($value->{$_}) } sort keys %$value) . '}' if ref $value eq 'HASH';
    return $value;
}

# Rows that sort alike for the driver come in an order of each server's own.
sub show {
    my ($title, $rows) = @_;
    my @lines = sort map { join('|', map { text($_) } @$_) } @$rows;
    print "-- $title\n", map { "$_\n" } @lines;
}

sub rows { my ($found) = @_; return $found ? $found->fetchall_arrayref : []; }

sub failing {
    my ($title, $work) = @_;
    eval { $work->(); 1 } and return print "-- $title: no error\n";
    my $error = $db->errstr // $@;
    print "-- $title: ", $db->state, ' ', join(' / ', split /\n/, $error), "\n";
    for my $field (qw(severity state primary detail hint context schema table column type constraint statement_position)) {
        my $value = $db->pg_error_field($field);
        print "   $field $value\n" if defined $value;
    }
}

print join(' ', map { "$_=" . text($db->get_info($_)) } (17, 25, 28, 29, 30, 32, 34, 35, 41, 46, 81, 85, 93, 94, 107, 114, 169)), "\n";
print join(' ', $db->{pg_db}, $db->{pg_user}, $db->{pg_host}, $db->{pg_standard_conforming_strings}, int($db->{pg_server_version} / 10000)), "\n";
print text($db->{Username}), ' ', $db->ping, ' ', $db->pg_ping, ' ', $db->state, "\n";

show('catalogs', [grep { $_->[0] eq 'acme' } @{rows($db->table_info('%', '', ''))}]);
show('schemas', [grep { $_->[1] !~ /^pg_(toast|temp)/ } @{rows($db->table_info('', '%', ''))}]);
show('types of tables', rows($db->table_info('', '', '', '%')));
for my $schema (@schemas) {
    my $tables = rows($db->table_info(undef, $schema, '%', 'TABLE'));
    show("tables $schema", $tables);
    show("columns $schema", rows($db->column_info(undef, $schema, '%', '%')));
    for my $table (map { $_->[2] } @$tables) {
        show("primary key $schema.$table", rows($db->primary_key_info(undef, $schema, $table)));
        show("primary $schema.$table", [[$db->primary_key(undef, $schema, $table)]]);
        show("statistics $schema.$table", [map { my @row = @$_; $row[11] = '*'; \@row } @{rows($db->statistics_info(undef, $schema, $table, undef, undef))}]);
        show("foreign keys to $schema.$table", rows($db->foreign_key_info(undef, $schema, $table, undef, undef, undef)));
        show("foreign keys of $schema.$table", rows($db->foreign_key_info(undef, undef, undef, undef, $schema, $table)));
    }
}
show('key between two', rows($db->foreign_key_info(undef, 'learnamp', 'users', undef, 'learnamp', 'tasks')));
show('views', [grep { $_->[1] eq 'information_schema' } @{rows($db->table_info(undef, 'information_schema', '%', 'VIEW'))}]);
show('system tables', rows($db->table_info(undef, 'pg_catalog', 'pg_c%', undef)));
show('names', [map { [$_] } grep { /learn/ } $db->tables('', 'learnamp', 'u%', 'TABLE')]);
show('types', $db->type_info_all->[0] ? [map { ref $_ eq 'ARRAY' ? $_ : [$_] } @{$db->type_info_all}] : []);

my $all = <<'SQL';
select true as b, null::bool, 1::int2, -2::int4, 9007199254740993::int8, 1.5::float4, 'NaN'::float8, 12.340::numeric(10,3), 'Zürich \ '' "'::text,
  'ab'::varchar(5), 'ab'::char(5), 'x'::"char", 'n'::name, '\x00ff41'::bytea, date '2026-11-22', date '0044-03-15 BC', time '03:04:05.678', timetz '03:04:05+02',
  timestamp '2026-11-22 03:04:05.678901', timestamptz '2026-11-22 03:04:05.678901+03', interval '1 year -3 days 04:05:06.789', '0f8fad5b-d9cb-469f-a165-70867728950e'::uuid,
  '{"a": [1, null, "ü"]}'::json, '{"b": 1, "a": [true]}'::jsonb, 26::oid, 'pg_class'::regclass, inet '10.0.0.1/8', array[1,null,3], array['a','b,"c\'], array[true,false],
  array[1.5,2.5]::numeric[], '{}'::int[], int4range(1,5), row(1,'x y',null), array['2026-11-22'::date], b'101'
SQL
for my $server_prepare (0, 1) {
    my $found = $db->prepare($all, {pg_server_prepare => $server_prepare});
    $found->execute;
    print "-- values $server_prepare\n";
    for my $attribute (qw(NAME TYPE PRECISION SCALE NULLABLE pg_type pg_type_oid)) {
        print "$attribute ", text(eval { $found->{$attribute} }), "\n";
    }
    print join('|', map { text($_) } @{$found->fetchrow_arrayref}), "\n", $found->{NUM_OF_FIELDS}, ' ', $found->rows, "\n";
}

for my $case ([SQL_INTEGER, '?::int4', 7], [SQL_BIGINT, '?', '9007199254740993'], [SQL_DOUBLE, '?', 1.25], [SQL_NUMERIC, '?', '12.50'], [SQL_VARCHAR, '?::text', 'Zürich \ \''],
    [SQL_BOOLEAN, '?', 1], [SQL_TYPE_DATE, '?', '2026-11-22'], [SQL_TYPE_TIMESTAMP, '?', '2026-11-22 01:02:03.5'], [{pg_type => PG_BYTEA}, '?', "\0\xff'\\"], [{pg_type => PG_INT4ARRAY}, '?::int4[]', [1, undef, 3]],
    [{pg_type => PG_TEXTARRAY}, '?::text[]', ['a', 'b"c', 'd,e', undef]], [{pg_type => PG_JSONB}, '?', '{"a": 1}'], [{pg_type => PG_UUID}, '?', '0f8fad5b-d9cb-469f-a165-70867728950e'], [SQL_INTEGER, '?', undef]) {
    my ($type, $place, $value) = @$case;
    my $found = $db->prepare("select $place as value, pg_typeof($place)");
    $found->bind_param($_, $value, $type) for 1, 2;
    $found->execute;
    show('parameter ' . text($type), $found->fetchall_arrayref);
}
show('places', $db->selectall_arrayref('select ?::int + ?::int, ? || ?', undef, 1, 2, 'a', 'b'));
show('names', $db->selectall_arrayref('select id, first_name from learnamp.users where id = any($1) and manager is not distinct from coalesce($2, manager)', undef, [1, 2, 3], undef));
{
    my $named = $db->prepare('select :a::int as a, :b::text as b, :a::int + 1');
    $named->bind_param(':a', 4); $named->bind_param(':b', 'x'); $named->execute;
    show('colons', $named->fetchall_arrayref);
    my $many = $db->prepare('select id, hire_date from learnamp.users where id = ?');
    for my $id (1 .. 4) { $many->execute($id); show("again $id", [map { [$_] } @{$many->fetchall_arrayref({})}]) }
}
show('hashes', [map { [$_] } @{$db->selectall_arrayref('select * from learnamp.locations order by id', {Slice => {}})}]);
show('array', [[$db->selectrow_array('select count(*), min(id), max(id) from learnamp.activities')]]);
show('types of arguments', [[join ',', @{$db->selectcol_arrayref('select id from learnamp.teams order by 1')}]]);
print $db->quote("Zü\\'"), ' ', $db->quote_identifier('a"b'), ' ', $db->quote_identifier(undef, 'learnink', 'users'), ' ', $db->quote([1, 2]), ' ', $db->quote("\0\x01", {pg_type => PG_BYTEA}), "\n";

for my $options ('', '(format csv, header, delimiter ";", null "-")', '(format csv, force_quote *)') {
    $db->do("copy (select id, first_name, hire_date, manager_id from learnamp.users order by id) to stdout $options");
    my ($line, @lines) = ('');
    while ($db->pg_getcopydata($line) >= 0) { push @lines, $line }
    chomp @lines;
    print "-- copied $options\n", map { "$_\n" } @lines;
}
$db->do('copy learnamp.locations to stdout (format binary)');
my ($block, $bytes) = ('', 0);
while ($db->pg_getcopydata($block) >= 0) { use bytes; $bytes += length $block }
print "binary $bytes\n";

$db->begin_work;
$db->do("declare c scroll cursor for select n, n * n from generate_series(1, 9) n");
show('fetched', $db->selectall_arrayref('fetch 3 from c'));
show('back', $db->selectall_arrayref('fetch backward 1 from c'));
$db->pg_savepoint('one');
failing('in a transaction', sub { $db->do('select 1 / 0') });
failing('aborted', sub { $db->do('select 1') });
$db->pg_rollback_to('one');
show('after', $db->selectall_arrayref('fetch last from c'));
$db->pg_release('one');
$db->commit;
print $db->pg_ping, ' ', $db->{AutoCommit}, "\n";
$db->begin_work; print $db->pg_ping, "\n"; $db->rollback;

$db->do('select pg_sleep(0.2)', {pg_async => PG_ASYNC});
print 'asynchronous ', $db->pg_result, "\n";
$db->do('select pg_sleep(20)', {pg_async => PG_ASYNC});
select undef, undef, undef, 0.5; # a cancel that comes before its statement stops nothing
print 'cancelled ', text($db->pg_cancel), "\n";
show('afterwards', $db->selectall_arrayref('select 1'));

failing('column', sub { $db->selectall_arrayref('select nothing from learnamp.users') });
failing('table', sub { $db->selectall_arrayref('select * from nowhere where a = ?', undef, 1) });
failing('number', sub { $db->selectall_arrayref('select ?::int', undef, 'x') });
failing('insert', sub { $db->do('insert into learnamp.locations (id) values (?)', undef, 1) });
failing('create', sub { $db->do('create temp table x (id int)') });
failing('copy', sub { $db->do('copy learnamp.locations from stdin') });
failing('two', sub { $db->prepare('select ?::int; select 2')->execute(1) });
$db->do('listen x'); print 'notified ', text($db->pg_notifies), "\n";
$db->do("set client_min_messages = notice; set timezone = 'Asia/Tokyo'");
show('zone', $db->selectall_arrayref("select timestamptz '2026-11-22 00:00Z', current_setting('TimeZone')"));
$db->disconnect;
