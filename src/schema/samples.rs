//! The sample queries we ship: `sample_queries/<product>/<name>.sql`.
//!
//! Each file begins with comment lines: its title, then what it answers and what to watch for.

/// One sample query.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sample {
    /// The product whose tables it reads.
    pub product: &'static str,
    /// Its name: that of its file without `.sql`.
    pub name: &'static str,
    /// The text of its file: the comment and one statement.
    pub sql: &'static str,
}

macro_rules! samples {
    ($($product:literal: [$($name:literal),* $(,)?]),* $(,)?) => {
        /// All sample queries, by product, in the order of names.
        pub const SAMPLES: &[Sample] = &[$($(
            Sample {
                product: $product,
                name: $name,
                sql: include_str!(concat!("../../sample_queries/", $product, "/", $name, ".sql")),
            },
        )*)*];
    };
}

samples! {
    "learnink": [
        "average_score_by_course_and_group",
        "certificates_by_month",
        "course_activity_by_week",
        "course_completion_rate",
        "doubtful_times",
        "endline_pass_rate",
        "late_arrivals",
        "learning_gain_by_course",
        "learning_path_people_overdue",
        "learning_path_progress",
        "people_by_group",
        "people_registered_and_active",
        "people_with_custom_id",
        "sequence_progress",
        "survey_results",
    ],
    "learnamp": [
        "coach_overview",
        "completions_by_month",
        "content_started_and_completed",
        "engagement_by_month",
        "event_attendance",
        "hardest_quiz_questions",
        "objective_progress",
        "one_to_one_times",
        "overdue_tasks_by_manager",
        "quiz_pass_rates",
        "skill_gaps",
        "started_but_not_completed",
        "survey_response_rates",
        "survey_scores_by_question",
        "team_compliance",
        "views_by_content_type",
    ],
    "learning360": [
        "assessments_waiting",
        "classroom_attendance",
        "course_summary",
        "group_progress",
        "inactive_people",
        "learning_needs_by_status",
        "logins_per_day",
        "path_learner_status",
        "path_session_summary",
        "path_steps",
        "reactions_and_posts_by_course",
        "score_bands",
        "skill_coverage",
        "trainer_hours",
    ],
}

impl Sample {
    /// The title: the first line of the comment.
    pub fn title(&self) -> &'static str {
        self.comment().next().unwrap_or_default()
    }

    /// The question it answers.
    pub fn answers(&self) -> String {
        self.paragraph("Answers: ")
    }

    /// What a reader of the answer should watch for.
    pub fn watch_for(&self) -> String {
        self.paragraph("Watch for: ")
    }

    /// The lines of the leading comment, without the dashes.
    fn comment(&self) -> impl Iterator<Item = &'static str> {
        self.sql
            .lines()
            .map_while(|line| line.strip_prefix("--"))
            .map(str::trim)
    }

    /// The text after a label, up to the next label.
    fn paragraph(&self, label: &str) -> String {
        let mut words = Vec::new();
        for line in self.comment().skip_while(|line| !line.starts_with(label)) {
            match line.strip_prefix(label) {
                Some(first) => words.push(first),
                None if line.starts_with("Watch for: ") => break,
                None => words.push(line),
            }
        }
        words.join(" ")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_file_is_shipped() {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/sample_queries");
        let mut files = Vec::new();
        for product in std::fs::read_dir(folder).unwrap() {
            let product = product.unwrap();
            for file in std::fs::read_dir(product.path()).unwrap() {
                let name = file.unwrap().file_name().into_string().unwrap();
                files.push(format!(
                    "{}/{name}",
                    product.file_name().into_string().unwrap()
                ));
            }
        }
        let mut shipped: Vec<_> = SAMPLES
            .iter()
            .map(|sample| format!("{}/{}.sql", sample.product, sample.name))
            .collect();
        files.sort();
        shipped.sort();
        assert_eq!(files, shipped);
    }

    #[test]
    fn every_sample_says_what_it_is() {
        for sample in SAMPLES {
            for text in [sample.title(), &sample.answers(), &sample.watch_for()] {
                assert!(text.len() > 5, "{}: {text:?}", sample.name);
            }
            assert!(sample.answers().contains('?'), "{}", sample.name);
            assert!(sample.sql.trim_end().ends_with(';'), "{}", sample.name);
            let from = format!(" {}.", sample.product);
            assert!(sample.sql.contains(&from), "{}", sample.name);
        }
    }
}
