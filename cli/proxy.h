#pragma once

#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "nasnet/search/study/search_settings.h"

namespace nasnet::cli {

using search::SearchSettings;

/// The version of the program and, where that computes, of libtorch: with the data's digest all
/// that a trial's result depends on beside the settings.
nlohmann::json program_identity(const SearchSettings& settings, const std::string& device);

/// Results of a processor and of a GPU, and of processors with other vectors, differ in their last
/// digits: whoever evaluates first settles on what the study is evaluated. Throws InputError where
/// this machine is of another kind, unless the settings allow for other_program.
void agree_on_machine(search::Store& store, const SearchSettings& settings,
                      const std::string& device);

/// Evaluates candidates as the settings say.
struct Proxy {
  std::unique_ptr<space::SearchSpace> space;
  std::unique_ptr<search::Evaluator> evaluator;
  std::string digest;              ///< of the data or the table
  std::string image_size;          ///< describe_size() of the data, or ""
  std::vector<std::string> notes;  ///< notes_of() the data
  nlohmann::ordered_json left_out = nlohmann::ordered_json::object();  ///< see add_left_out()
};
/// Reads the data or the table. `worker`: this process's number among those of the machine.
Proxy make_proxy(const SearchSettings& settings, uint64_t seed, const std::string& device,
                 int worker);

/// This program's file, for starting workers.
std::string program_path();

/// Evaluates in processes of this machine, `workers` of them (0: as many as fit); look-ups in a
/// table need none and are made in this one, by `proxy`.
std::unique_ptr<search::TaskRunner> make_runner(const SearchSettings& settings, uint64_t seed,
                                                const std::string& device, const Proxy& proxy);

}  // namespace nasnet::cli
