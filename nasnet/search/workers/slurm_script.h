#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "nasnet/search/workers/slurm_settings.h"

namespace nasnet::search {

/// The built-in script of a worker's job (deploy/slurm-worker.sh): for `nasnet` to print, and for
/// people to copy.
std::string slurm_template();

/// A word as a shell reads it back, whatever is in it.
std::string quote_word(const std::string& word);

/// The script of the jobs: the template with the command, quoted, for @COMMAND@. `where` names the
/// template in errors. Throws InputError where it lacks @COMMAND@, or does not begin as a script.
std::string fill_template(const std::string& text, const std::vector<std::string>& command,
                          const std::string& where);

/// The words that submit `count` jobs, as one array of that name. What is given on sbatch's command
/// line goes before what the script says, and is not read by a shell.
std::vector<std::string> sbatch_words(const SlurmSettings& settings, const std::string& name,
                                      int count, const std::filesystem::path& logs,
                                      const std::filesystem::path& script);

}  // namespace nasnet::search
