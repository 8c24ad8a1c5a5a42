#include "nasnet/search/workers/slurm_script.h"

#include <fmt/format.h>
#include <slurm_template.h>  // made of deploy/slurm-worker.sh

#include <sstream>

#include "nasnet/base/error.h"

namespace nasnet::search {

std::string slurm_template() {
  return kSlurmTemplate;
}

std::string quote_word(const std::string& word) {
  std::string quoted = "'";
  for (const char c : word) quoted += c == '\'' ? "'\\''" : std::string(1, c);
  return quoted + "'";
}

std::string fill_template(const std::string& text, const std::vector<std::string>& command,
                          const std::string& where) {
  constexpr std::string_view kPlace = "@COMMAND@";
  if (!text.starts_with("#!"))
    throw InputError(
        fmt::format("{} does not begin with #!: sbatch would refuse it; see "
                    "deploy/slurm-worker.sh",
                    where));
  std::string words;
  for (const std::string& word : command) words += (words.empty() ? "" : " ") + quote_word(word);
  std::istringstream lines(text);
  std::string filled, line;
  bool found = false;
  while (std::getline(lines, line)) {
    // Comments may speak of it.
    const size_t place = line.starts_with("#") ? std::string::npos : line.find(kPlace);
    if (place != std::string::npos) {
      line.replace(place, kPlace.size(), words);
      found = true;
    }
    filled += line + "\n";
  }
  if (!found)
    throw InputError(
        fmt::format("{} has no line with @COMMAND@, which stands for the worker; "
                    "see deploy/slurm-worker.sh",
                    where));
  return filled;
}

std::vector<std::string> sbatch_words(const SlurmSettings& settings, const std::string& name,
                                      int count, const std::filesystem::path& logs,
                                      const std::filesystem::path& script) {
  std::vector<std::string> words = {"sbatch"};
  const auto add = [&](const char* option, const std::string& value) {
    if (!value.empty()) words.push_back(fmt::format("--{}={}", option, value));
  };
  add("partition", settings.partition);
  add("gres", settings.gres);
  add("cpus-per-task", settings.slurm_cpus > 0 ? std::to_string(settings.slurm_cpus) : "");
  add("mem", settings.slurm_memory);
  add("time", settings.slurm_time);
  std::istringstream options(settings.slurm_options);
  for (std::string word; options >> word;) words.push_back(word);
  words.push_back("--parsable");
  add("job-name", name);
  add("array", fmt::format("0-{}", count - 1));
  std::string folder;  // in which a % would stand for something
  for (const char c : logs.string()) folder += c == '%' ? "%%" : std::string(1, c);
  add("output", folder + "/%A_%a.log");
  words.push_back(script.string());
  return words;
}

}  // namespace nasnet::search
