#include <signal.h>
#include <unistd.h>

#include "cli/libtorch.h"
#include "cli/program.h"
#include "cli/proxy.h"
#include "cli/verb.h"
#include "nasnet/base/error.h"
#include "nasnet/base/progress.h"
#include "nasnet/search/workers/worker_pool.h"

namespace nasnet::cli {
namespace {

/// From the setup that the search sends: its settings, its seed, and the data's digest.
std::unique_ptr<search::Evaluator> make_evaluator(const nlohmann::json& setup) {
  SearchSettings settings;
  settings_from_json(settings, setup.at("settings"), "the search's message");
  Proxy proxy = make_proxy(settings, setup.at("seed"), setup.at("device"), setup.at("worker"));
  if (proxy.digest != setup.at("digest"))
    throw InputError(
        "the data set has changed since the search began; restore it, or start a new "
        "--study");
  return std::move(proxy.evaluator);
}

}  // namespace

void add_trial_worker(Program& program) {
  program.add_hidden("trial-worker").callback([] {
    set_progress_style(ProgressStyle::silent);
    use_libtorch(1);             // a result must not depend on the machine's cores
    ::signal(SIGPIPE, SIG_DFL);  // a trial ends with the search that asked for it
    // Standard output carries messages: whatever a library prints there goes to standard error.
    const int out = ::dup(STDOUT_FILENO);
    ::dup2(STDERR_FILENO, STDOUT_FILENO);
    const int status = search::serve_tasks(make_evaluator, STDIN_FILENO, out);
    if (status != 0) throw SystemError("the search has ended");
  });
}

}  // namespace nasnet::cli
