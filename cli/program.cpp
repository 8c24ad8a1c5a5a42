#include "cli/program.h"

#include <fmt/format.h>
#include <unistd.h>

#include <CLI/CLI.hpp>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstdlib>

#include "cli/help.h"
#include "cli/libtorch.h"
#include "nasnet/base/columns.h"
#include "nasnet/base/error.h"
#include "nasnet/network/backend.h"
#include "nasnet_version.h"

// The program's command line: CLI11 parses it, while help, errors and suggestions are our own, as
// its messages neither name the nearest word nor say where to read more.

namespace nasnet::cli {
namespace {

/// CLI11's own words, but where it only counts: "--epochs: At Most 1 required but received 2".
std::string in_words(const CLI::ParseError& error) {
  std::string text = error.what();
  if (error.get_exit_code() != static_cast<int>(CLI::ExitCodes::ArgumentMismatch)) return text;
  return text.substr(0, text.find(':')) +
         (text.ends_with(" missing") ? " wants a value" : " was given more than once");
}

/// Help for another program, as grep, has a description a line.
int help_width() {
  constexpr int kUnlimited = 100000;
  const bool wraps = ::isatty(STDOUT_FILENO) == 1 || std::getenv("COLUMNS");
  return wraps ? terminal_width(STDOUT_FILENO) : kUnlimited;
}

std::vector<std::string> flags_of(const CLI::App& app) {
  std::vector<std::string> flags;
  for (const CLI::Option* option : app.get_options())
    for (const std::string& name : option->get_lnames()) flags.push_back("--" + name);
  return flags;
}

}  // namespace

Program::Program() : app_("", "nasnet") {
  app_.require_subcommand(1);
  app_.set_help_all_flag("--help-all");
  app_.set_version_flag("--version", [] {
    // --version is answered before a verb has set libtorch up.
    use_libtorch(1);
    const network::Backend* libtorch = network::find_backend();
    return fmt::format("nasnet {} ({}), {}", NASNET_VERSION, NASNET_REVISION,
                       libtorch ? "libtorch " + libtorch->version() : "without libtorch");
  });
  app_.formatter_fn([this](const CLI::App*, const std::string&, CLI::AppFormatMode) {
    return program_help(verbs(), help_width());
  });
}

Options& Program::add(const std::string& name, const std::string& summary) {
  CLI::App* app = app_.add_subcommand(name, summary);
  app->set_help_all_flag("--help-all");
  Options& verb = *verbs_.emplace_back(std::make_unique<Options>(*app));
  app->formatter_fn([&verb](const CLI::App*, const std::string&, CLI::AppFormatMode mode) {
    return verb_help(verb.text(), mode == CLI::AppFormatMode::All, help_width());
  });
  return verb;
}

CLI::App& Program::add_hidden(const std::string& name) {
  return *app_.add_subcommand(name)->group("");
}

std::vector<VerbText> Program::verbs() const {
  std::vector<VerbText> texts;
  for (const auto& verb : verbs_) texts.push_back(verb->text());
  return texts;
}

std::vector<std::string> Program::verb_names() const {
  std::vector<std::string> names;
  for (const VerbText& verb : verbs()) names.push_back(verb.name);
  return names;
}

/// Names the first word that was not understood, and suggests the nearest known one.
std::string Program::explain_rest(const CLI::App& app, const CLI::ParseError& error) const {
  const std::vector<std::string> rest = app.remaining();
  if (rest.empty()) return error.what();
  const std::string flag = rest[0].substr(0, rest[0].find('='));
  const std::string verb = &app == &app_ ? "" : " " + app.get_name();
  if (!flag.starts_with("-"))
    return fmt::format("unexpected argument '{}'; `nasnet{} --help` shows its arguments", rest[0],
                       verb);
  const std::vector<std::string> flags = flags_of(app);
  return fmt::format("unknown flag '{}'{} (`nasnet{} --help{}` lists all)", flag,
                     nearest(flag, flags).empty() ? "" : suggestion(flag, flags), verb,
                     verb.empty() ? "" : "-all");
}

std::string Program::explain(const CLI::ParseError& error) const {
  if (!app_.get_subcommands().empty()) {
    const CLI::App& verb = *app_.get_subcommands()[0];
    if (!verb.remaining().empty()) return explain_rest(verb, error);
    return fmt::format("{}; `nasnet {} --help` says more", in_words(error), verb.get_name());
  }
  const std::vector<std::string> words = app_.remaining();
  // Nothing but the program's name.
  if (words.empty()) return first_words();
  if (words[0].starts_with("-")) return explain_rest(app_, error);
  return fmt::format("unknown verb '{}'{}", words[0], suggestion(words[0], verb_names()));
}

int Program::run(std::vector<std::string> words) {
  if (!words.empty() && words[0] == "help") {  // as other programs have it
    words.erase(words.begin());
    words.emplace_back("--help");
  }
  std::reverse(words.begin(), words.end());  // as CLI11 takes them
  try {
    app_.parse(std::move(words));
  } catch (const CLI::Success& wanted) {  // --help, --version
    const int status = app_.exit(wanted);
    // A reader that stops (| head) is no error.
    const bool fails = std::fflush(stdout) != 0 || std::ferror(stdout) != 0;
    if (fails && errno == EPIPE) std::_Exit(status);
    return status;
  } catch (const CLI::ParseError& error) {
    throw InputError(explain(error));
  }
  return 0;
}

}  // namespace nasnet::cli
