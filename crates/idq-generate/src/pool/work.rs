//! Companies, departments and job titles.

/// A company that owns some of the directories.
#[derive(Debug)]
pub(crate) struct Company {
    pub(crate) name: &'static str,
    /// A domain under the top-level domain for examples (RFC 2606).
    pub(crate) domain: &'static str,
    /// The name of the company in other systems: letters only.
    pub(crate) handle: &'static str,
}

const fn company(name: &'static str, domain: &'static str, handle: &'static str) -> Company {
    Company {
        name,
        domain,
        handle,
    }
}

pub(crate) static NORTHWIND: Company = company(
    "Northwind Holdings International",
    "northwind.example",
    "northwind",
);
pub(crate) static KESTREL: Company =
    company("Kestrel Mutual Assurance", "kestrel.example", "kestrel");
pub(crate) static BRAMBLE: Company =
    company("Bramble & Fern Outfitters", "bramble.example", "bramble");
pub(crate) static OMALLEY: Company =
    company("O'Malley Freight Lines", "omalley.example", "omalley");
pub(crate) static HALDEN: Company =
    company("Halden/Moss Studio", "studio.halden.example", "haldenmoss");
pub(crate) static VANTAGE: Company = company("Vántage \"V5\" Labs", "v5labs.example", "vfive");

/// The companies, with the percentage of people who work for each.
pub(crate) static COMPANIES: &[(&Company, u32)] = &[
    (&NORTHWIND, 40),
    (&KESTREL, 22),
    (&BRAMBLE, 14),
    (&OMALLEY, 12),
    (&HALDEN, 8),
    (&VANTAGE, 4),
];

/// A department with its division and cost centre.
pub(crate) struct Department {
    pub(crate) name: &'static str,
    pub(crate) division: &'static str,
    pub(crate) cost_center: u32,
}

const fn department(division: &'static str, name: &'static str, cost_center: u32) -> Department {
    Department {
        name,
        division,
        cost_center,
    }
}

pub(crate) static DEPARTMENTS: &[Department] = &[
    department("Technology", "Engineering", 4100),
    department("Technology", "Platform Engineering", 4110),
    department("Technology", "Site Reliability", 4120),
    department("Technology", "Quality Assurance", 4130),
    department("Technology", "Data & Analytics", 4140),
    department("Technology", "Information Security", 4150),
    department("Technology", "IT Service Desk", 4160),
    department("Technology", "Enterprise Architecture", 4170),
    department("Product", "Product Management", 4210),
    department("Product", "Design/UX", 4220),
    department("Product", "User Research", 4230),
    department("Product", "Technical Writing", 4240),
    department("Commercial", "Sales", 5100),
    department("Commercial", "Sales Operations", 5110),
    department("Commercial", "Account Management", 5120),
    department("Commercial", "Partnerships", 5130),
    department("Commercial", "Marketing", 5200),
    department("Commercial", "Brand + Events", 5210),
    department("Commercial", "Customer Success", 5300),
    department("Commercial", "Customer Support", 5310),
    department("Finance", "Accounting", 6100),
    department("Finance", "Accounts Payable", 6110),
    department("Finance", "Treasury", 6120),
    department("Finance", "Tax", 6130),
    department("Finance", "Financial Planning", 6140),
    department("Finance", "Procurement", 6150),
    department("Corporate", "People & Culture", 7100),
    department("Corporate", "Talent Acquisition", 7110),
    department("Corporate", "Learning", 7120),
    department("Corporate", "Legal", 7200),
    department("Corporate", "Compliance", 7210),
    department("Corporate", "Internal Audit", 7220),
    department("Corporate", "Communications", 7300),
    department("Corporate", "Facilities", 7400),
    department("Operations", "Logistics", 8100),
    department("Operations", "Warehouse", 8110),
    department("Operations", "Fleet", 8120),
    department("Operations", "Manufacturing", 8200),
    department("Operations", "Forschung & Entwicklung", 8300),
    department("Operations", "Health, Safety & Environment", 8400),
    department("Retail Banking", "Branch Operations", 9100),
    department("Retail Banking", "Mortgage Lending", 9110),
    department("Commercial Lending", "Business Loans", 9200),
    department("Commercial Lending", "Credit Risk", 9210),
];

pub(crate) static TITLES: &[&str] = &[
    "Account Executive",
    "Account Manager",
    "Accountant",
    "Administrative Assistant",
    "Analyst, Level II",
    "Applied Scientist",
    "Assistant Controller",
    "Auditor",
    "Backend Engineer",
    "Branch Manager",
    "Business Analyst",
    "Business Partner, People & Culture",
    "Buyer",
    "Category Manager",
    "Chief of Staff",
    "Claims Handler",
    "Cloud Architect",
    "Communications Lead",
    "Compliance Officer",
    "Copywriter",
    "Credit Analyst",
    "Customer Success Manager",
    "Data Engineer",
    "Data Scientist",
    "Database Administrator",
    "Designer (UI/UX)",
    "Developer Advocate",
    "Director of Operations",
    "Dispatcher",
    "Engineering Manager",
    "Facilities Coordinator",
    "Financial Controller",
    "Forklift Operator",
    "Frontend Engineer",
    "General Counsel",
    "Incident Manager",
    "Intern",
    "IT Support Specialist",
    "Key Account Manager",
    "Legal Counsel",
    "Logistics Planner",
    "Machine Operator",
    "Marketing Manager",
    "Office Manager",
    "Paralegal",
    "Payroll Specialist",
    "Principal Engineer",
    "Product Manager",
    "Product Owner \"Checkout\"",
    "Program Manager",
    "Project Manager",
    "Recruiter",
    "Regional Sales Director",
    "Safety Officer",
    "Security Analyst",
    "Security Engineer",
    "Senior Accountant",
    "Senior Buyer",
    "Senior Loan Officer",
    "Senior Software Engineer",
    "Site Reliability Engineer",
    "Software Engineer",
    "Solutions Architect",
    "Staff Engineer",
    "Supply Chain Analyst",
    "Tax Adviser",
    "Technical Writer",
    "Teller <float>",
    "Trainer",
    "Treasury Analyst",
    "Vertriebsleiter für Süddeutschland",
    "Warehouse Associate",
];

/// The services of software accounts.
pub(crate) static SERVICES: &[&str] = &[
    "backup",
    "billing-export",
    "build",
    "ci-runner",
    "crm-sync",
    "deploy",
    "directory-sync",
    "etl",
    "fax-gateway",
    "hr-import",
    "kiosk",
    "ledger",
    "license-audit",
    "monitoring",
    "print",
    "report-mailer",
    "scanner",
    "sso-probe",
    "ticket-bridge",
    "webhook",
];
