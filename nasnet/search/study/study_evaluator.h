#pragma once

#include <any>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "nasnet/search/study/search_settings.h"

namespace nasnet::search {

/// Throws InputError where the study's evaluator cannot do with its settings; reads no data.
void check_evaluator(const SearchSettings& settings, network::DeviceChoice device);

/// The study's evaluator, with its data in memory. `worker`: this process's number among those of
/// the machine. `opened`: of choose_evaluator().
std::unique_ptr<Evaluator> make_evaluator(const SearchSettings& settings, uint64_t seed,
                                          network::DeviceChoice device, int worker = 0,
                                          std::any opened = {});

/// Settles on this machine's kind for the study where it is the first to evaluate. Throws
/// InputError where the study is evaluated on another kind, unless the settings allow for
/// other_program.
void agree_on_machine(Store& store, const SearchSettings& settings, const Evaluator& evaluator);

/// Evaluates in processes of this machine, settings.workers of them (0: as many as fit), each
/// started as `worker_command`, which must end in serve_trials(). Evaluations that need no process
/// are made in this one. Takes the evaluator, to keep it or to free its memory.
std::unique_ptr<TaskRunner> make_runner(const SearchSettings& settings, uint64_t seed,
                                        network::DeviceChoice device,
                                        std::unique_ptr<Evaluator> evaluator,
                                        const std::vector<std::string>& worker_command);

/// The other side: evaluates what comes in until the other end closes; the exit status.
int serve_trials(int in, int out);

}  // namespace nasnet::search
