#pragma once

#include <CLI/App.hpp>

namespace nasnet::cli {

// One function a verb: registers its sub-command, whose callback does the work.
void add_search(CLI::App& program);
void add_train(CLI::App& program);
void add_evaluate(CLI::App& program);
void add_predict(CLI::App& program);
void add_describe(CLI::App& program);
void add_draw(CLI::App& program);
void add_export(CLI::App& program);
void add_import(CLI::App& program);
void add_data(CLI::App& program);
void add_worker(CLI::App& program);
/// The process that evaluates trials for `search`; not for people.
void add_trial_worker(CLI::App& program);

}  // namespace nasnet::cli
