#pragma once

#include <CLI/App.hpp>

#include <memory>
#include <string>
#include <vector>

#include "cli/options.h"

namespace nasnet::cli {

inline constexpr const char* kGenotypeHelp = "a known name (nasnet-a, ...) or a JSON file";

/// The program: its verbs, and their help.
class Program {
 public:
  Program();
  Program(const Program&) = delete;

  /// A new verb, to be told what it takes and does.
  Options& add(const std::string& name, const std::string& summary);
  /// One that is not for people, and stands in no list.
  CLI::App& add_hidden(const std::string& name);

  /// Runs the verb that the words name; 0, or the status that --help and --version end with.
  /// Throws InputError that says which word was not understood.
  int run(std::vector<std::string> words);

  std::vector<VerbText> verbs() const;

 private:
  std::string explain(const CLI::ParseError& error) const;
  std::string explain_rest(const CLI::App& app, const CLI::ParseError& error) const;
  std::vector<std::string> verb_names() const;

  CLI::App app_;
  std::vector<std::unique_ptr<Options>> verbs_;
};

}  // namespace nasnet::cli
