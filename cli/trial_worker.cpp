#include <signal.h>
#include <unistd.h>

#include "cli/libtorch.h"
#include "cli/program.h"
#include "cli/verb.h"
#include "nasnet/base/error.h"
#include "nasnet/base/progress.h"
#include "nasnet/search/study/study_evaluator.h"

// The processes that `nasnet search` and `nasnet worker` start for trials. A crash, a kill or a
// lack of memory in one of them costs a trial and not the search. They speak over two pipes,
// standard input and output.

namespace nasnet::cli {

void add_trial_worker(Program& program) {
  program.add_hidden("trial-worker").callback([] {
    set_progress_style(ProgressStyle::silent);
    use_libtorch(1);             // a result must not depend on the machine's cores
    ::signal(SIGPIPE, SIG_DFL);  // a trial ends with the search that asked for it
    // Standard output carries messages: whatever a library prints there goes to standard error.
    const int out = ::dup(STDOUT_FILENO);
    ::dup2(STDERR_FILENO, STDOUT_FILENO);
    const int status = search::serve_trials(STDIN_FILENO, out);
    if (status != 0) throw SystemError("the search has ended");
  });
}

}  // namespace nasnet::cli
