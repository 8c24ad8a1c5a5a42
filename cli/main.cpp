#include <c10/util/Exception.h>
#include <fmt/format.h>
#include <torch/version.h>

#include <signal.h>
#include <CLI/CLI.hpp>

#include <cstdio>
#include <exception>
#include <filesystem>
#include <system_error>

#include "cli/output.h"
#include "cli/verb.h"
#include "nasnet/base/error.h"
#include "nasnet/base/interrupt.h"
#include "nasnet/base/process_memory.h"
#include "nasnet_version.h"

namespace nasnet::cli {
namespace {

constexpr int kBadInput = 2, kFault = 1, kInterrupted = 130;

int complain(int status, const std::string& message) {
  std::string line = message;
  for (char& c : line)
    if (c == '\n') c = ' ';
  // Not fmt::print, which throws where standard error is closed.
  std::fputs(fmt::format("nasnet: {}\n", line).c_str(), stderr);
  return status;
}

std::vector<std::string> flags_of(const CLI::App& app) {
  std::vector<std::string> flags;
  for (const CLI::Option* option : app.get_options()) {
    for (const std::string& name : option->get_lnames()) flags.push_back("--" + name);
  }
  return flags;
}

/// What was not understood, and what was probably meant.
std::string explain_extras(const CLI::App& program, const CLI::ParseError& error) {
  const std::vector<CLI::App*> verbs = program.get_subcommands();
  const CLI::App& app = verbs.empty() ? program : *verbs.back();
  for (const std::string& word : app.remaining()) {
    const std::string flag = word.substr(0, word.find('='));
    if (flag.starts_with("-"))
      return fmt::format(
          "unknown flag '{}'{} (`nasnet {} --help` lists all)", flag,
          nearest(flag, flags_of(app)).empty() ? "" : suggestion(flag, flags_of(app)),
          app.get_name() == program.get_name() ? "" : app.get_name());
    return fmt::format("unexpected argument '{}'; `nasnet {} --help` says what it takes", word,
                       app.get_name());
  }
  return error.what();
}

std::string explain(const CLI::App& program, const CLI::ParseError& error) {
  if (program.get_subcommands().empty()) {
    const std::vector<std::string> words = program.remaining();
    if (words.empty())
      return "say what to do, for instance `nasnet search`; `nasnet --help` lists the verbs";
    if (words[0].starts_with("-")) return explain_extras(program, error);
    std::vector<std::string> verbs;
    for (const CLI::App* verb : program.get_subcommands([](const CLI::App*) { return true; }))
      if (!verb->get_group().empty()) verbs.push_back(verb->get_name());
    return fmt::format("unknown verb '{}'{}", words[0], suggestion(words[0], verbs));
  }
  const CLI::App& verb = *program.get_subcommands()[0];
  if (!verb.remaining().empty()) return explain_extras(program, error);
  return fmt::format("{}; `nasnet {} --help` says more", error.what(), verb.get_name());
}

int run(int argc, char** argv) {
  CLI::App program("Searches convolutional cells for images as NASNet does, and trains them.",
                   "nasnet");
  program.require_subcommand(1);
  program.set_version_flag("--version", fmt::format("nasnet {} ({}), libtorch {}", NASNET_VERSION,
                                                    NASNET_REVISION, TORCH_VERSION));
  add_search(program);
  add_train(program);
  add_evaluate(program);
  add_predict(program);
  add_export(program);
  add_import(program);
  add_describe(program);
  add_draw(program);
  add_data(program);
  add_worker(program);
  add_trial_worker(program);
  try {
    program.parse(argc, argv);
  } catch (const CLI::Success& wanted) {  // --help, --version
    return program.exit(wanted);
  } catch (const CLI::ParseError& error) {
    return complain(kBadInput, explain(program, error));
  }
  // What a full disk swallows must not end as a success.
  flush_output();
  return 0;
}

}  // namespace
}  // namespace nasnet::cli

int main(int argc, char** argv) {
  using namespace nasnet;
  using namespace nasnet::cli;
  keep_freed_memory();
  catch_interrupts();
  // What cannot be written, to a pipe or beyond a limit of file sizes, is an error: a training is
  // saved first, and keeps what it has saved before.
  ::signal(SIGPIPE, SIG_IGN);
  ::signal(SIGXFSZ, SIG_IGN);
  try {
    return run(argc, argv);
  } catch (const Interrupted& stop) {
    return complain(kInterrupted, stop.what());
  } catch (const Error& error) {
    return complain(kBadInput, error.what());
  } catch (const std::bad_alloc&) {
    return complain(kBadInput,
                    "out of memory; try a smaller --batch, --filters or --image-size, or fewer "
                    "--workers");
  } catch (const c10::OutOfMemoryError&) {
    return complain(kBadInput,
                    "out of GPU memory; try a smaller --batch, --filters or --image-size, or fewer "
                    "--workers");
  } catch (const std::filesystem::filesystem_error& error) {
    return complain(kBadInput, fmt::format("cannot use {}: {}", error.path1().string(),
                                           error.code().message()));
  } catch (const std::system_error& error) {
    return complain(kBadInput, error.what());
  } catch (const std::exception& error) {
    const std::string what = error.what();
    return complain(kFault, fmt::format("unexpected: {}; please report this with the command that "
                                        "you ran",
                                        what.substr(0, what.find('\n'))));
  }
}
