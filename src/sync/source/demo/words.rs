//! The words demo data is made of.

pub(super) const FIRST: &[&str] = &[
    "Amina", "Wanjirũ", "Otieno", "Zoë", "José", "Nguyễn", "Łukasz", "Grace", "Peter", "Fatuma",
    "Kwame", "Søren", "Chloé", "Mehmet", "Aisha", "Björk", "Mwangi", "Akinyi", "Omar", "Siobhán",
    "Ravi", "李娜", "Hanna", "Tomás", "Beatriz", "Juma", "Neema", "Baraka", "Rehema", "Daniel",
    "Mary", "John", "Esther", "Samuel", "Joy", "Brian", "Mercy", "Kevin", "Faith", "Collins",
];
pub(super) const LAST: &[&str] = &[
    "Kamau",
    "O'Brien",
    "Müller",
    "García",
    "Njeri",
    "Odhiambo",
    "Hassan",
    "Nyambura",
    "Šimek",
    "Kowalski",
    "Mensah",
    "Tanaka",
    "D'Souza",
    "Ndlovu",
    "Achieng",
    "Yılmaz",
    "Smith",
    "Mutua",
    "Wekesa",
    "Ødegaard",
    "Abdi",
    "Karimi",
    "Chebet",
    "Kiptoo",
    "Barasa",
    "Moreau",
    "Rossi",
    "Kariuki",
    "Okafor",
    "Diallo",
];
pub(super) const TOPICS: &[&str] = &[
    "Food safety",
    "First aid",
    "Selling on the phone",
    "Mobile money",
    "Soil and water",
    "Coffee pruning",
    "Data protection",
    "Fire drill",
    "Customer care",
    "Stock keeping",
    "Safe lifting",
    "Leading a team",
    "Giving feedback",
    "Spreadsheets",
    "Vaccination",
    "Newborn care",
    "Solar kits",
    "Road safety",
    "Anti-bribery",
    "Loan products",
    "Hygiene",
    "Bee keeping",
    "Pest control",
    "Negotiation",
    "Time management",
];
pub(super) const FORMS: &[&str] = &[
    "basics",
    "in practice",
    "refresher",
    "for beginners",
    "step by step",
    "assessed",
    "2.0",
    "– été",
    "for managers",
    "in the field",
];
pub(super) const PLACES: &[&str] = &[
    "Nairobi",
    "Kisumu",
    "Mombasa",
    "Kampala",
    "Arusha",
    "Accra",
    "Zürich",
    "São Paulo",
    "London",
    "Łódź",
    "Lagos",
    "Kigali",
    "Eldoret",
    "Nakuru",
    "Remote",
];
pub(super) const COUNTRIES: &[&str] = &[
    "Kenya",
    "Kenya",
    "Kenya",
    "Uganda",
    "Tanzania",
    "Ghana",
    "Côte d'Ivoire",
    "Rwanda",
];
pub(super) const UNITS: &[&str] = &[
    "Field",
    "Sales",
    "Care",
    "Logistics",
    "Finance",
    "People",
    "North",
    "Coast",
    "Lake",
    "Rift",
];
pub(super) const JOBS: &[&str] = &[
    "Field agent",
    "Team lead",
    "Nurse",
    "Accountant",
    "Store keeper",
    "Driver",
    "Trainer",
    "Agronomist",
    "Cashier",
    "Engineer",
    "Regional manager",
];
pub(super) const SKILLS: &[&str] = &[
    "Listening",
    "Planning",
    "Excel",
    "Public speaking",
    "Bookkeeping",
    "Coaching",
    "Welding",
    "Data analysis",
    "Safety",
    "Writing",
    "Empathy",
    "Negotiation",
];
pub(super) const QUESTIONS: &[&str] = &[
    "What would you do first?",
    "How useful was this course?",
    "Which step comes before watering?",
    "Would you recommend it to a colleague?",
    "What should we change?",
    "Is this statement true: \"heat kills all germs\"?",
    "How sure are you, from 1 to 5?",
];
pub(super) const ANSWERS: &[&str] = &[
    "Yes",
    "No",
    "Call the supervisor",
    "Very useful",
    "Not sure",
    "Wash hands, then start",
    "It was good; more examples, please",
    "5",
    "None of these",
    "Très utile",
    "Option \"B\"",
];
pub(super) const SENTENCES: &[&str] = &[
    "Short lessons with pictures and a quiz at the end.",
    "For everybody who joined this year.",
    "Bring your own examples, we discuss them together.\nNo preparation needed.",
    "Replaces the paper form \"F-12\".",
    "Works offline; answers are sent when the phone is back online.",
    "À faire avant la fin du mois.",
];

/// What a column of this name usually says, when every value is one of a few.
pub(super) fn few(name: &str) -> Option<&'static [&'static str]> {
    let ends = |end: &str| name == end || name.ends_with(&format!("_{end}"));
    Some(if ends("country") {
        COUNTRIES
    } else if ends("region") || ends("location") || ends("city") {
        PLACES
    } else if ends("sex") || ends("gender") {
        &["female", "female", "male", "male", "prefer not to say"]
    } else if name.contains("age_bracket") {
        &["18-24", "25-34", "35-44", "45-54", "55+"]
    } else if ends("lang") || ends("language") {
        &["en", "en", "sw", "fr", "es"]
    } else if name.contains("time_zone") {
        &["Africa/Nairobi", "Africa/Nairobi", "Europe/London", "UTC"]
    } else if ends("job_title") {
        JOBS
    } else if name == "unit" {
        &["%", "hours", "people", "KES"]
    } else if name == "status" {
        &["open", "open", "finalized", "cancelled"]
    } else if name.starts_with("question_type") {
        &["free text", "scale", "single choice"]
    } else if name.starts_with("question") {
        QUESTIONS
    } else if name.starts_with("answer") || name == "value" {
        ANSWERS
    } else if name.starts_with("cycle") {
        &["2025 H1", "2025 H2", "2026 H1", "2026 H2"]
    } else if [
        "description",
        "instructions",
        "comment",
        "information",
        "note",
    ]
    .iter()
    .any(|word| name.contains(word))
    {
        SENTENCES
    } else {
        return None;
    })
}
