//! Where rendered reports go. A sink never decides what a report means; it takes reports and says whether they arrived.

pub mod textfile;
