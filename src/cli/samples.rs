//! `syllabase samples`: list, show. The queries are part of the program.

use clap::Subcommand;
use serde_json::{Value, json};

use super::Error;
use super::output::{Answer, columns};

/// Names and texts, sorted.
macro_rules! shipped {
    ($($name:literal),* $(,)?) => {
        [$(($name, include_str!(concat!("../../sample_queries/", $name, ".sql")))),*]
    };
}

const SHIPPED: [(&str, &str); 45] = shipped![
    "learnamp/coach_overview",
    "learnamp/completions_by_month",
    "learnamp/content_started_and_completed",
    "learnamp/engagement_by_month",
    "learnamp/event_attendance",
    "learnamp/hardest_quiz_questions",
    "learnamp/objective_progress",
    "learnamp/one_to_one_times",
    "learnamp/overdue_tasks_by_manager",
    "learnamp/quiz_pass_rates",
    "learnamp/skill_gaps",
    "learnamp/started_but_not_completed",
    "learnamp/survey_response_rates",
    "learnamp/survey_scores_by_question",
    "learnamp/team_compliance",
    "learnamp/views_by_content_type",
    "learning360/assessments_waiting",
    "learning360/classroom_attendance",
    "learning360/course_summary",
    "learning360/group_progress",
    "learning360/inactive_people",
    "learning360/learning_needs_by_status",
    "learning360/logins_per_day",
    "learning360/path_learner_status",
    "learning360/path_session_summary",
    "learning360/path_steps",
    "learning360/reactions_and_posts_by_course",
    "learning360/score_bands",
    "learning360/skill_coverage",
    "learning360/trainer_hours",
    "learnink/average_score_by_course_and_group",
    "learnink/certificates_by_month",
    "learnink/course_activity_by_week",
    "learnink/course_completion_rate",
    "learnink/doubtful_times",
    "learnink/endline_pass_rate",
    "learnink/late_arrivals",
    "learnink/learning_gain_by_course",
    "learnink/learning_path_people_overdue",
    "learnink/learning_path_progress",
    "learnink/people_by_group",
    "learnink/people_registered_and_active",
    "learnink/people_with_custom_id",
    "learnink/sequence_progress",
    "learnink/survey_results",
];

#[derive(Debug, Subcommand)]
pub(super) enum Verb {
    /// List the queries and what they answer
    List {
        /// Only those of this product
        product: Option<String>,
    },
    /// Print a query, to be piped into psql
    Show {
        /// As learnink/course_completion_rate
        name: String,
    },
}

pub(super) fn run(verb: &Verb) -> Result<Answer, Error> {
    match verb {
        Verb::List { product } => Ok(list(product.as_deref())),
        Verb::Show { name } => {
            let found = SHIPPED.iter().find(|(known, _)| known == name);
            let Some((name, sql)) = found else {
                return Err(Error::refused(
                    format!("there is no sample \"{name}\""),
                    "syllabase samples list",
                ));
            };
            Ok(Answer::line(
                *sql,
                json!({"ok": true, "name": name, "sql": sql}),
            ))
        }
    }
}

fn list(product: Option<&str>) -> Answer {
    let wanted = SHIPPED.iter().filter(|(name, _)| {
        let of = name.split('/').next();
        product.is_none() || product == of
    });
    let rows: Vec<[String; 2]> = wanted
        .map(|(name, sql)| [(*name).to_owned(), title(sql).to_owned()])
        .collect();
    let objects: Vec<Value> = rows
        .iter()
        .map(|[name, title]| json!({"name": name, "title": title}))
        .collect();
    let text = columns(["name", "answers"], &rows);
    Answer::line(text, json!({"ok": true, "samples": objects}))
}

/// The first line of a query's header.
fn title(sql: &str) -> &str {
    sql.lines()
        .next()
        .unwrap_or_default()
        .trim_start_matches(['-', ' '])
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::Path;

    use super::*;

    #[test]
    fn every_query_of_the_folder_is_shipped() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("sample_queries");
        let mut found = Vec::new();
        for product in fs::read_dir(&root).unwrap() {
            let product = product.unwrap().path();
            for file in fs::read_dir(product).unwrap() {
                let path = file.unwrap().path();
                let name = path.strip_prefix(&root).unwrap().with_extension("");
                found.push(name.to_str().unwrap().to_owned());
            }
        }
        found.sort();
        let shipped: Vec<&str> = SHIPPED.iter().map(|(name, _)| *name).collect();
        assert_eq!(found, shipped);
        assert!(SHIPPED.iter().all(|(_, sql)| !title(sql).is_empty()));
    }
}
