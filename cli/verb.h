#pragma once

namespace nasnet::cli {

class Program;

// One function a verb: registers its sub-command, whose callback does the work.
void add_search(Program& program);
void add_train(Program& program);
void add_transfer(Program& program);
void add_evaluate(Program& program);
void add_predict(Program& program);
void add_describe(Program& program);
void add_latency(Program& program);
void add_draw(Program& program);
void add_export(Program& program);
void add_import(Program& program);
void add_data(Program& program);
void add_doctor(Program& program);
void add_worker(Program& program);
void add_dashboard(Program& program);
void add_top(Program& program);
void add_export_study(Program& program);
void add_report(Program& program);
void add_completion(Program& program);
void add_man(Program& program);
/// The process that evaluates trials for `search`; not for people.
void add_trial_worker(Program& program);

}  // namespace nasnet::cli
