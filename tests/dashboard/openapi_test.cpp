#include <algorithm>
#include <filesystem>

#include "nasnet/base/file.h"
#include "nasnet/dashboard/server.h"
#include "tests/dashboard/studies.h"

namespace nasnet::dashboard {
namespace {

using nlohmann::json;

/// The little of JSON Schema that openapi.json uses. Everything that is described must be as it is
/// described, and everything that is answered must be described.
class Description {
 public:
  explicit Description(json api) : api_(std::move(api)) {}
  const json& paths() const { return api_.at("paths"); }

  void check(const json& value, const json& schema, const std::string& where) const {
    const json& known = resolve(schema);
    if (known.contains("anyOf")) {
      for (const json& one : known.at("anyOf"))
        if (is_of(value, resolve(one))) return check(value, one, where);
      ADD_FAILURE() << where << ": " << value << " is none of " << known;
      return;
    }
    if (!is_of(value, known)) {
      ADD_FAILURE() << where << ": " << value << " is no " << known;
      return;
    }
    if (known.contains("enum")) {
      EXPECT_NE(std::ranges::find(known.at("enum"), value), known.at("enum").end()) << where;
    }
    if (value.is_array() && known.contains("items")) {
      EXPECT_GE(value.size(), known.value("minItems", size_t{0})) << where;
      EXPECT_LE(value.size(), known.value("maxItems", SIZE_MAX)) << where;
      for (const json& item : value) check(item, known.at("items"), where + "[]");
    }
    if (!value.is_object()) return;
    json properties = json::object();
    const json* others = nullptr;
    bool is_open = true;
    collect(known, value, where, properties, others, is_open);
    for (const auto& [key, one] : value.items()) {
      const std::string at = where + "." + key;
      if (properties.contains(key)) {
        check(one, properties.at(key), at);
      } else if (others) {
        check(one, *others, at);
      } else {
        EXPECT_TRUE(is_open) << at << " is not described";
      }
    }
  }

 private:
  const json& resolve(const json& schema) const {
    if (!schema.contains("$ref")) return schema;
    return api_.at(json::json_pointer(schema.at("$ref").get<std::string>().substr(1)));
  }

  static bool is_of(const json& value, const json& schema) {
    if (!schema.contains("type")) return true;
    const std::string type = schema.at("type");
    return type == "object"    ? value.is_object()
           : type == "array"   ? value.is_array()
           : type == "string"  ? value.is_string()
           : type == "boolean" ? value.is_boolean()
           : type == "integer" ? value.is_number_integer()
           : type == "number"  ? value.is_number()
                               : value.is_null();
  }

  /// Properties of a schema and of all that it is made of.
  void collect(const json& schema, const json& value, const std::string& where, json& properties,
               const json*& others, bool& is_open) const {
    const json& known = resolve(schema);
    for (const json& part : known.value("allOf", json::array()))
      collect(part, value, where, properties, others, is_open);
    for (const auto& key : known.value("required", json::array()))
      EXPECT_TRUE(value.contains(key)) << where << ": " << key << " is missing";
    if (known.contains("properties")) {
      properties.update(known.at("properties"));
      is_open = false;
    }
    if (known.contains("additionalProperties")) others = &known.at("additionalProperties");
  }

  json api_;
};

class OpenApi : public Studies {};
NASNET_ON_BOTH_STORES(OpenApi);

TEST_P(OpenApi, DescribesEveryAnswer) {
  search::SearchSettings given = two_goals(20);
  given.study.seeds = 2;
  given.study.sample = 4;
  given.study.retrain_epochs = 3;
  search(given, true);
  Catalog catalog(url().empty() ? Places{{folder_.string()}, ""} : Places{{}, url()});
  const Server server(catalog, {.port = 0});
  httplib::Client client("127.0.0.1", server.port());
  client.set_read_timeout(20, 0);
  const auto get = [&](const std::string& path) {
    const auto answer = client.Get(("/api/v1" + path).c_str());
    if (!answer || answer->status != 200)
      throw std::runtime_error(path + ": " + (answer ? answer->body : "no answer"));
    return answer->body;
  };
  std::string id;
  const json list = json::parse(get("/studies"));
  for (const json& study : list.at("studies"))
    if (study.at("name") == given.study_file) id = study.at("id");
  const Description description(json::parse(get("/openapi.json")));
  int asked = 0;
  for (const auto& [path, methods] : description.paths().items()) {
    if (path == "/events") continue;
    for (const char* number : {"0", "2"}) {  // the latter failed
      std::string address = path;
      for (const auto& [name, value] : std::map<std::string, std::string>{
               {"{id}", id}, {"{arm}", "search"}, {"{number}", number}})
        if (const size_t at = address.find(name); at != std::string::npos)
          address.replace(at, name.size(), value);
      if (path == "/compare") address += "?studies=" + id;
      const std::string body = get(address);
      const json& content = methods.at("get").at("responses").at("200").at("content");
      if (!content.contains("application/json")) continue;
      description.check(json::parse(body), content.at("application/json").at("schema"), address);
      ++asked;
    }
  }
  EXPECT_GT(asked, 16);
}

}  // namespace
}  // namespace nasnet::dashboard
