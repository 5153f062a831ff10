import java.sql.*;
import java.util.*;

/** Prints what pgjdbc learns about a database, and how it reads values. */
public final class Pgjdbc {
    public static void main(String[] arguments) throws Exception {
        Map<String, String> place = System.getenv();
        String url = "jdbc:postgresql://%s:%s/%s".formatted(
                place.get("PGHOST"), place.get("PGPORT"), place.get("PGDATABASE"));
        System.out.println("pgjdbc " + org.postgresql.util.DriverInfo.DRIVER_VERSION);
        for (String mode : new String[] {"extended", "simple"}) {
            Properties properties = new Properties();
            properties.setProperty("user", place.get("PGUSER"));
            properties.setProperty("password", place.get("PGPASSWORD"));
            properties.setProperty("preferQueryMode", mode);
            try (Connection connection = DriverManager.getConnection(url, properties)) {
                System.out.println("### " + mode);
                if (mode.equals("extended")) {
                    describe(connection.getMetaData());
                }
                read(connection, mode);
            }
        }
    }

    private static void describe(DatabaseMetaData data) throws SQLException {
        System.out.println(data.getDatabaseProductName() + " " + data.getDatabaseMajorVersion());
        System.out.println(data.getUserName());
        show("schemas", data.getSchemas());
        show("table types", data.getTableTypes());
        for (String schema : new String[] {"learnink", "learnamp", "learning360"}) {
            show("tables", data.getTables(null, schema, "%", null));
            show("columns", data.getColumns(null, schema, "%", "%"));
            show("exported", data.getExportedKeys(null, schema, "users"));
            List<String> names = new ArrayList<>();
            try (ResultSet tables = data.getTables(null, schema, "%", new String[] {"TABLE"})) {
                while (tables.next()) {
                    names.add(tables.getString(3));
                }
            }
            for (String name : names.subList(0, Math.min(4, names.size()))) {
                show("primary " + name, data.getPrimaryKeys(null, schema, name));
                show("imported " + name, data.getImportedKeys(null, schema, name));
                show("indexes " + name, data.getIndexInfo(null, schema, name, false, true));
                show("best row " + name, data.getBestRowIdentifier(null, schema, name, 2, true));
            }
        }
        show("types", data.getTypeInfo());
        show("functions", data.getFunctions(null, "learnink", "%"));
        show("procedures", data.getProcedures(null, "learnink", "%"));
        facts(data);
        show("catalogs", data.getCatalogs());
        show("schemas like", data.getSchemas(null, "learn%"));
        show("client info", data.getClientInfoProperties());
        show("views", data.getTables(null, "information_schema", "c%", new String[] {"VIEW", "SYSTEM VIEW"}));
        show("system tables", data.getTables("acme", "pg_catalog", "pg_c%", new String[] {"SYSTEM TABLE", "SYSTEM INDEX"}));
        show("of functions", data.getFunctionColumns(null, "pg_catalog", "json_e%", "%"));
        show("of procedures", data.getProcedureColumns(null, "pg_catalog", "date_%", "%"));
        show("functions of its own", data.getFunctions(null, "pg_catalog", "to_%"));
        show("own types", data.getUDTs(null, "learnamp", "%", null));
        show("struct types", data.getUDTs(null, "learnink", "u%", new int[] {Types.STRUCT, Types.DISTINCT}));
        show("cross", data.getCrossReference(null, "learnamp", "users", null, "learnamp", "tasks"));
        for (String name : new String[] {"users", "tasks", "nothing"}) {
            show("table rights " + name, data.getTablePrivileges(null, "learnamp", name));
            show("column rights " + name, data.getColumnPrivileges(null, "learnamp", name, "%"));
            show("version " + name, data.getVersionColumns(null, "learnamp", name));
            show("some columns " + name, data.getColumns(null, "learnamp", name, "%e%"));
        }
        show("quoted", data.getTables(null, "learn\\_%", "users", null));
    }

    /** What it says without asking for anything, beside what each server has of its own. */
    private static void facts(DatabaseMetaData data) throws SQLException {
        List<String> own = List.of("getURL", "getDatabaseProductVersion", "getConnection");
        List<String> lines = new ArrayList<>();
        for (java.lang.reflect.Method method : DatabaseMetaData.class.getMethods()) {
            Class<?> type = method.getReturnType();
            boolean plain = type.isPrimitive() || type == String.class || type == RowIdLifetime.class;
            if (method.getParameterCount() > 0 || !plain || own.contains(method.getName())) {
                continue;
            }
            try {
                lines.add(method.getName() + " " + method.invoke(data));
            } catch (ReflectiveOperationException failure) {
                lines.add(method.getName() + " " + failure.getCause());
            }
        }
        Collections.sort(lines);
        lines.forEach(System.out::println);
    }

    private static void read(Connection connection, String mode) throws SQLException {
        connection.setAutoCommit(false);
        try (PreparedStatement rows = connection.prepareStatement(
                "select n, n::text as t from generate_series(1, ?) n order by 1")) {
            rows.setFetchSize(7);
            rows.setInt(1, 40);
            long sum = 0;
            try (ResultSet set = rows.executeQuery()) {
                while (set.next()) {
                    sum += set.getInt(1) + set.getString(2).length();
                }
            }
            System.out.println("portions " + sum);
        }
        connection.commit();
        connection.setAutoCommit(true);
        String all = "select ?::int4 as i, ?::int8 as l, ?::numeric as n, ?::float8 as f, ?::text as t,"
                + " ?::bool as b, ?::date as d, ?::timestamp as ts, ?::timestamptz as tz, ?::uuid as u,"
                + " ?::int4[] as a";
        // From the fifth execution on pgjdbc asks for binary.
        try (PreparedStatement one = connection.prepareStatement(all)) {
            for (int turn = 0; turn < 8; turn++) {
                one.setInt(1, turn - 4);
                one.setLong(2, Long.MAX_VALUE - turn);
                one.setBigDecimal(3, new java.math.BigDecimal("-123456789012345678.90120"));
                one.setDouble(4, turn / 3.0);
                one.setString(5, "Zürich \\ '" + turn);
                one.setBoolean(6, turn % 2 == 0);
                one.setObject(7, java.time.LocalDate.of(2026, 11, 22 - turn));
                one.setObject(8, java.time.LocalDateTime.of(2026, 11, 22, 3, 4, 5, 678_000));
                one.setObject(9, java.time.OffsetDateTime.parse("2026-11-22T03:04:05.678+03:00"));
                one.setObject(10, UUID.fromString("0f8fad5b-d9cb-469f-a165-70867728950e"));
                one.setArray(11, connection.createArrayOf("int4", new Integer[] {turn, null, 3}));
                show("values", one.executeQuery());
            }
        }
        try (Statement wrong = connection.createStatement()) {
            wrong.executeQuery("select nothing from nowhere");
        } catch (SQLException error) {
            System.out.println(error.getSQLState() + " " + error.getMessage().replace('\n', ' '));
        }
        try (Statement write = connection.createStatement()) {
            connection.setReadOnly(true);
            connection.setAutoCommit(false);
            Savepoint point = connection.setSavepoint("a");
            show("in a transaction", write.executeQuery("select 1 as one"));
            connection.rollback(point);
            connection.commit();
            connection.setAutoCommit(true);
        }
    }

    private static void show(String title, ResultSet set) throws SQLException {
        System.out.println("-- " + title);
        ResultSetMetaData data = set.getMetaData();
        List<String> lines = new ArrayList<>();
        StringBuilder head = new StringBuilder();
        for (int at = 1; at <= data.getColumnCount(); at++) {
            head.append(data.getColumnName(at)).append(':').append(data.getColumnTypeName(at)).append('/')
                    .append(data.getPrecision(at)).append('/').append(data.getScale(at)).append(' ');
        }
        System.out.println(head.toString().trim());
        // How large an index is, is each server's own.
        int width = title.startsWith("indexes") ? 10 : data.getColumnCount();
        while (set.next()) {
            StringBuilder line = new StringBuilder();
            for (int at = 1; at <= width; at++) {
                line.append(set.getString(at)).append('|');
            }
            lines.add(line.toString());
        }
        set.close();
        // Rows that sort alike for the driver come in an order of each server's own.
        Collections.sort(lines);
        lines.forEach(System.out::println);
    }
}
