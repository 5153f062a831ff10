-- Logins per day
--
-- Answers: how many people logged in on each day, and what is the average of the week?
-- Watch for: the column called date is a timestamp. A day with no row is a day without data, not
-- without logins: days are not filled in. An empty list gives 0.

select
    d.date::date as day,
    to_char(d.date, 'Dy') as weekday,
    coalesce(cardinality(d.logged_in_users), 0) as people,
    round(
        avg(coalesce(cardinality(d.logged_in_users), 0)) over (
            order by d.date rows between 6 preceding and current row
        ),
        1
    ) as average_of_seven_rows
from learning360.daily_metrics d
order by d.date;
