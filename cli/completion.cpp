#include "cli/completion.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "cli/program.h"
#include "cli/verb.h"
#include "nasnet/base/error.h"
#include "nasnet/base/shell.h"

// Scripts for three shells from the verbs' declarations. Each is a table of verbs and flags with a
// few functions around it; values are offered by the placeholder: FILE and PATH complete files,
// FOLDER folders, enumerated ones their names, all others nothing.

namespace nasnet::cli {
namespace {

using Texts = std::vector<std::string>;

const Texts kShells = {"bash", "zsh", "fish"};

Texts names_of(const std::vector<VerbText>& verbs) {
  Texts names;
  for (const VerbText& verb : verbs) names.push_back(verb.name);
  return names;
}

/// Each flag of a verb, with what is completed after it.
struct Flag {
  std::string name;  // without its dashes
  std::string help;
  std::string placeholder;  // "" for a switch
  Texts values;             // enumerated ones
  bool takes_file() const { return placeholder == "FILE" || placeholder == "PATH"; }
  bool takes_folder() const { return placeholder == "FOLDER"; }
};

std::vector<Flag> all_flags(const VerbText& verb) {
  std::vector<Flag> flags;
  for (const Setting& setting : verb.settings)
    for (const std::string& flag : flags_of(setting))
      flags.push_back(
          {flag.substr(2), setting.help, placeholder_of(setting), setting.range.one_of});
  flags.push_back({"help", "the settings that everyone needs", "", {}});
  flags.push_back({"help-all", "all settings of this verb", "", {}});
  return flags;
}

std::string joined(const Texts& words) {
  return fmt::format("{}", fmt::join(words, " "));
}

// --- bash ---

/// The verb's branch of the script: what follows a flag ($before) first, as a value may begin with
/// anything, then flags for a word that begins with a dash, then arguments.
std::string bash_verb(const VerbText& verb) {
  std::string text = fmt::format("    {})\n      case $before in\n", verb.name), flags;
  std::string files, folders, free;
  const auto add = [](std::string& pattern, const Flag& flag) {
    pattern += (pattern.empty() ? "--" : "|--") + flag.name;
  };
  for (const Flag& flag : all_flags(verb)) {
    flags += " --" + flag.name;
    if (!flag.values.empty()) {
      text += fmt::format("        --{}) _nasnet_words {}; return ;;\n", flag.name,
                          shell_quoted(joined(flag.values)));
    } else if (flag.takes_file()) {
      add(files, flag);
    } else if (flag.takes_folder()) {
      add(folders, flag);
    } else if (!flag.placeholder.empty()) {
      add(free, flag);
    }
  }
  if (!files.empty()) text += fmt::format("        {}) _nasnet_files; return ;;\n", files);
  if (!folders.empty()) text += fmt::format("        {}) _nasnet_folders; return ;;\n", folders);
  if (!free.empty()) text += fmt::format("        {}) _nasnet_nothing; return ;;\n", free);
  text += fmt::format("      esac\n      if [[ $word == -* ]]; then _nasnet_words '{}'",
                      flags.substr(1));
  Texts offers;
  bool file = false;
  for (const Argument& argument : verb.arguments) {
    offers.insert(offers.end(), argument.offers.begin(), argument.offers.end());
    file |= argument.is_file;
  }
  text += fmt::format("; else {}{}; fi ;;\n", file ? "_nasnet_files" : "_nasnet_nothing",
                      offers.empty() ? "" : fmt::format("; _nasnet_words '{}'", joined(offers)));
  return text;
}

// --- zsh ---

/// A text within a specification of _arguments, which takes some characters for its own.
std::string zsh_text(const std::string& text) {
  std::string out;
  for (const char c : text) {
    if (std::string_view("[]:\\").find(c) != std::string_view::npos) out += '\\';
    out += c;
  }
  return out;
}

/// A verb's specifications of _arguments: --flag=[help]:placeholder:action.
std::string zsh_verb(const VerbText& verb) {
  std::string text = fmt::format("    {})\n      _arguments -s", verb.name);
  const auto add = [&](const std::string& specification) {
    text += " \\\n        " + shell_quoted(specification);
  };
  for (const Flag& flag : all_flags(verb)) {
    std::string action;
    if (!flag.values.empty()) {
      action = fmt::format("({})", joined(flag.values));
    } else if (flag.takes_file()) {
      action = "_files";
    } else if (flag.takes_folder()) {
      action = "_files -/";
    }
    const bool takes_value = !flag.placeholder.empty();
    add(fmt::format("--{}{}[{}]{}", flag.name, takes_value ? "=" : "", zsh_text(flag.help),
                    takes_value ? fmt::format(":{}:{}", flag.placeholder, action) : ""));
  }
  for (const Argument& argument : verb.arguments) {
    Texts actions;
    if (argument.is_file) actions.push_back("'files:file:_files'");
    if (!argument.offers.empty())
      actions.push_back(fmt::format("'names:name:({})'", joined(argument.offers)));
    add(fmt::format("{}:{}:{}",
                    argument.many       ? "*"
                    : argument.required ? ""
                                        : ":",
                    zsh_text(argument.name),
                    actions.size() > 1 ? "{_alternative " + joined(actions) + "}"
                    : argument.is_file ? "_files"
                                       : fmt::format("({})", joined(argument.offers))));
  }
  return text + " ;;\n";
}

// --- fish ---

/// A word of a fish script: within quotes it knows two escapes only.
std::string fish_quoted(const std::string& text) {
  std::string out = "'";
  for (const char c : text) {
    if (c == '\'' || c == '\\') out += '\\';
    out += c;
  }
  return out + "'";
}

/// A line a flag, with the condition that the verb has been typed.
std::string fish_verb(const VerbText& verb) {
  const std::string begin =
      fmt::format("complete -c nasnet -n '__fish_seen_subcommand_from {}'", verb.name);
  std::string text;
  for (const Flag& flag : all_flags(verb)) {
    text += fmt::format("{} -l {} -d {}", begin, flag.name, fish_quoted(flag.help));
    if (!flag.values.empty()) {
      text += " -x -a " + fish_quoted(joined(flag.values));
    } else if (flag.takes_file()) {
      text += " -r -F";
    } else if (flag.takes_folder()) {
      text += " -x -a '(__fish_complete_directories)'";
    } else if (!flag.placeholder.empty()) {
      text += " -x";
    }
    text += "\n";
  }
  for (const Argument& argument : verb.arguments) {
    if (argument.is_file) text += begin + " -F\n";
    if (!argument.offers.empty())
      text += fmt::format("{} -a {} -d {}\n", begin, fish_quoted(joined(argument.offers)),
                          fish_quoted(argument.name));
  }
  return text;
}

}  // namespace

std::string bash_completion(const std::vector<VerbText>& verbs) {
  std::string text = R"(# Completes nasnet in bash. To have it in every shell:
#   nasnet completion bash > ~/.local/share/bash-completion/completions/nasnet

# Each of these adds to the answer for $word.
_nasnet_words() {
  compopt +o default 2>/dev/null
  local match
  while IFS= read -r match; do COMPREPLY+=("$match"); done < <(compgen -W "$1" -- "$word")
}
_nasnet_files() {
  compopt -o filenames 2>/dev/null
  local match
  while IFS= read -r match; do COMPREPLY+=("$match"); done < <(compgen -f -- "$word")
}
_nasnet_folders() {
  compopt -o filenames 2>/dev/null
  local match
  while IFS= read -r match; do COMPREPLY+=("$match"); done < <(compgen -d -- "$word")
}
_nasnet_nothing() { compopt +o default 2>/dev/null; }

_nasnet() {
  local word=${COMP_WORDS[COMP_CWORD]} before= verb= i
  COMPREPLY=()
  if ((COMP_CWORD > 1)); then before=${COMP_WORDS[COMP_CWORD - 1]}; fi
  # --flag=value comes as three words.
  if [[ $word == = ]]; then
    word=
  elif [[ $before == = ]] && ((COMP_CWORD > 2)); then
    before=${COMP_WORDS[COMP_CWORD - 2]}
  fi
  for ((i = 1; i < COMP_CWORD; i++)); do
    if [[ ${COMP_WORDS[i]} != -* ]]; then
      verb=${COMP_WORDS[i]}
      break
    fi
  done
  case $verb in
)";
  text += fmt::format("    '') _nasnet_words '{} --help --version' ;;\n", joined(names_of(verbs)));
  for (const VerbText& verb : verbs) text += bash_verb(verb);
  return text + "    *) _nasnet_nothing ;;\n  esac\n}\ncomplete -o default -F _nasnet nasnet\n";
}

std::string zsh_completion(const std::vector<VerbText>& verbs) {
  std::string text = R"(#compdef nasnet
# Completes nasnet in zsh. To have it in every shell: put this as _nasnet into a folder of $fpath,
# or source it after compinit.

_nasnet() {
  local context state state_descr line
  typeset -A opt_args
  _arguments -C '(- *)--help[what to type first, and the verbs]' \
    '(- *)--version[which program this is]' '1:verb:->verb' '*::argument:->argument'
  case $state in
    verb) _nasnet_verbs ;;
    argument) _nasnet_arguments ;;
  esac
}

_nasnet_verbs() {
  local -a verbs=(
)";
  for (const VerbText& verb : verbs)
    text += "    " + shell_quoted(verb.name + ":" + zsh_text(verb.summary)) + "\n";
  text += "  )\n  _describe verb verbs\n}\n\n_nasnet_arguments() {\n  case $line[1] in\n";
  for (const VerbText& verb : verbs) text += zsh_verb(verb);
  return text + R"(  esac
}

if [[ $funcstack[1] == _nasnet ]]; then
  _nasnet "$@"
else
  compdef _nasnet nasnet
fi
)";
}

std::string fish_completion(const std::vector<VerbText>& verbs) {
  std::string text = R"(# Completes nasnet in fish. To have it in every shell:
#   nasnet completion fish > ~/.config/fish/completions/nasnet.fish
complete -c nasnet -f
complete -c nasnet -n __fish_use_subcommand -l help -d 'what to type first, and the verbs'
complete -c nasnet -n __fish_use_subcommand -l version -d 'which program this is'
)";
  for (const VerbText& verb : verbs)
    text += fmt::format("complete -c nasnet -n __fish_use_subcommand -a {} -d {}\n", verb.name,
                        fish_quoted(verb.summary));
  for (const VerbText& verb : verbs) text += fish_verb(verb);
  return text;
}

void add_completion(Program& program) {
  Options& options =
      program.add("completion", "Print a script by which a shell completes nasnet's words");
  const auto shell = std::make_shared<std::string>();
  Argument& argument = options.argument("shell", *shell, "bash, zsh or fish");
  argument.offers = kShells;
  argument.is_file = false;
  options.example("source <(nasnet completion bash)", "in this bash; zsh likewise");
  options.example("nasnet completion fish | source", "in this fish");
  options.run([&program, shell](const Common&) {
    const std::vector<VerbText> verbs = program.verbs();
    if (*shell == "bash") {
      fmt::print("{}", bash_completion(verbs));
    } else if (*shell == "zsh") {
      fmt::print("{}", zsh_completion(verbs));
    } else if (*shell == "fish") {
      fmt::print("{}", fish_completion(verbs));
    } else {
      throw InputError(fmt::format("completion for '{}'{}", *shell, suggestion(*shell, kShells)));
    }
  });
}

}  // namespace nasnet::cli
