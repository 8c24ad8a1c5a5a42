#include <fmt/format.h>

#include <signal.h>

#include <cstdio>
#include <exception>
#include <filesystem>
#include <system_error>

#include "cli/group_member.h"
#include "cli/help.h"
#include "cli/program.h"
#include "cli/verb.h"
#include "nasnet/base/error.h"
#include "nasnet/base/interrupt.h"
#include "nasnet/base/process_memory.h"
#include "nasnet/base/progress.h"
#include "nasnet/group/members.h"

// The program's beginning and end: sets up signals and memory, registers the verbs, and turns what
// a verb throws into one line on standard error and an exit status (the manual lists them).

namespace nasnet::cli {
namespace {

/// Exit statuses: the user can mend the first; the second is ours; the third is a shell's 128 + 2.
constexpr int kBadInput = 2, kFault = 1, kInterrupted = 130;

/// One line, whatever the message holds, as scripts and logs read errors by the line.
int complain(int status, const std::string& message) {
  std::string line = message;
  for (char& c : line)
    if (c == '\n') c = ' ';
  // Not fmt::print, which throws where standard error is closed.
  std::fputs(fmt::format("nasnet: {}\n", line).c_str(), stderr);
  return status;
}

int run(int argc, char** argv) {
  if (argc <= 1) {
    fmt::print(stderr, "nasnet: {}\n", first_words());
    return kBadInput;
  }
  Program program;
  add_search(program);
  add_train(program);
  add_transfer(program);
  add_evaluate(program);
  add_predict(program);
  add_export(program);
  add_import(program);
  add_describe(program);
  add_latency(program);
  add_draw(program);
  add_data(program);
  add_doctor(program);
  add_worker(program);
  add_dashboard(program);
  add_top(program);
  add_export_study(program);
  add_report(program);
  add_completion(program);
  add_man(program);
  add_trial_worker(program);
  const int status = program.run({argv + 1, argv + argc});
  // Output that a full disk swallows must not end as a success.
  flush_output();
  return status;
}

}  // namespace
}  // namespace nasnet::cli

int main(int argc, char** argv) {
  using namespace nasnet;
  using namespace nasnet::cli;
  keep_freed_memory();
  catch_interrupts();
  // A failed write, to a closed pipe or beyond a limit of file sizes, is an error, no signal: a
  // training saves its state first, and keeps the one it has saved before.
  ::signal(SIGPIPE, SIG_IGN);
  ::signal(SIGXFSZ, SIG_IGN);
  try {
    return run(argc, argv);
  } catch (const Interrupted& stop) {
    return complain(kInterrupted, stop.what());
  } catch (const EndedWith& end) {
    return end.status;
  } catch (const group::PeerLost& lost) {
    return complain(group::kLostPeerStatus, lost.what());
  } catch (const Error& error) {
    return complain(kBadInput, error.what());
  } catch (const InternalError& fault) {
    return complain(kFault, fault.what());
  } catch (const std::bad_alloc&) {
    return complain(kBadInput,
                    "out of memory; try a smaller --batch, --filters or --image-size, or fewer "
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
