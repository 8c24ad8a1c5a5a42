#include "nasnet/exchange/pickle.h"

#include <gtest/gtest.h>

#include <filesystem>

#include "nasnet/base/error.h"

namespace nasnet::exchange {
namespace {

using namespace std::string_literals;

std::string refusal(const std::string& bytes) {
  try {
    const Pickle pickle = unpickle(bytes, "x.pth");
    tensors_of(pickle, "x.pth");
  } catch (const InputError& error) {
    return error.what();
  }
  return "";
}

/// A state dict {"w": tensor} whose storage has `elements` floats, as protocol 2 writes it.
std::string tensor_pickle(char elements, char offset, char edge, char stride) {
  return "\x80\x02}X\x01\0\0\0wctorch._utils\n_rebuild_tensor_v2\n((X\x07\0\0\0storage"
         "ctorch\nFloatStorage\nX\x01\0\0\0"
         "0X\x03\0\0\0cpuK"s +
         elements + "tQK"s + offset + "K"s + edge + "\x85K"s + stride +
         "\x85\x89"
         "ccollections\nOrderedDict\n)RtRs."s;
}

TEST(Pickle, ReadsATensor) {
  const Pickle pickle = unpickle(tensor_pickle(7, 1, 3, 2), "x.pth");
  const auto tensors = tensors_of(pickle, "x.pth");
  ASSERT_EQ(tensors.size(), 1u);
  EXPECT_EQ(tensors[0].first, "w");
  EXPECT_EQ(tensors[0].second.storage.key, "0");
  EXPECT_EQ(tensors[0].second.storage.type, "F32");
  EXPECT_EQ(tensors[0].second.storage.elements, 7u);
  EXPECT_EQ(tensors[0].second.offset, 1u);
  EXPECT_EQ(tensors[0].second.shape, std::vector<int64_t>{3});
  EXPECT_EQ(tensors[0].second.stride, std::vector<int64_t>{2});
}

const PickledValue& root(const Pickle& pickle) {
  return *pickle.root;
}

TEST(Pickle, ForeignNamesBecomeObjectsThatDoNothing) {
  using Kind = PickledValue::Kind;
  // os.system("touch FILE"), in both ways of naming a function.
  const std::string trace = testing::TempDir() + "nasnet-pickle-was-run";
  const std::string call = "touch " + trace;
  const std::string argument = "X"s + static_cast<char>(call.size()) + "\0\0\0"s + call;
  for (const std::string& name : {"cos\nsystem\n"s, "\x8c\x02os\x8c\x06system\x93"s}) {
    const Pickle pickle = unpickle("\x80\x04"s + name + argument + "\x85R.", "x.pth");
    EXPECT_EQ(root(pickle).kind, Kind::kObject);
    EXPECT_EQ(root(pickle).text, "os.system");
    EXPECT_TRUE(root(pickle).items.empty());
  }
  EXPECT_FALSE(std::filesystem::exists(trace));
  // An instance with attributes, as an argparse.Namespace is: NEWOBJ, then BUILD.
  const Pickle pickle =
      unpickle("\x80\x02"s + "cargparse\nNamespace\n)\x81}X\x02\0\0\0"s + "lrK\x07sb.", "x.pth");
  ASSERT_EQ(root(pickle).items.size(), 2u);
  EXPECT_EQ(root(pickle).items[0]->text, "lr");
  EXPECT_EQ(root(pickle).items[1]->number, 7);
  // Extension codes name functions by number.
  EXPECT_NE(refusal("\x80\x02\x82\x01.").find("0x82"), std::string::npos);
}

TEST(Pickle, TensorsBesideObjectsAndWithinModulesAreFound) {
  // {"args": argparse.Namespace(), "model": MODULE}, MODULE having {"_parameters": {"w": tensor}}.
  const std::string tensor = tensor_pickle(7, 1, 3, 2);
  const std::string dict = tensor.substr(2, tensor.size() - 3);  // without PROTO and STOP
  const Pickle pickle = unpickle(
      "\x80\x02}(X\x04\0\0\0argscargparse\nNamespace\n)\x81X\x05\0\0\0modelcmy\nNet\n)\x81}"
      "X\x0b\0\0\0_parameters"s +
          dict + "sbu.",
      "x.pth");
  const auto tensors = tensors_of(pickle, "x.pth");
  ASSERT_EQ(tensors.size(), 1u);
  EXPECT_EQ(tensors[0].first, "model.w");
}

TEST(Pickle, RefusesTensorsBeyondTheirStorage) {
  EXPECT_EQ(refusal(tensor_pickle(7, 1, 3, 2)), "");
  EXPECT_EQ(refusal(tensor_pickle(6, 1, 3, 2)), "");  // 1, 3, 5
  EXPECT_NE(refusal(tensor_pickle(5, 1, 3, 2)).find("beyond its storage"), std::string::npos);
  // A stride of 0 repeats one number: more elements than are stored would be a bomb.
  EXPECT_NE(refusal(tensor_pickle(2, 0, 100, 0)).find("beyond its storage"), std::string::npos);
}

/// NumPy's array [1, 2] (or [2, 1], with the first axis varying fastest) of float32, as protocol 2
/// or 3 writes it.
std::string array_pickle(const std::string& values, char columns_first = '\x89') {
  return "\x80\x03"
         "cnumpy.core.multiarray\n_reconstruct\ncnumpy\nndarray\nK\0\x85"
         "C\x01"
         "b\x87R(K\x01K\x01K\x02\x86"
         "cnumpy\ndtype\nX\x02\0\0\0"
         "f4K\0K\x01\x87R(K\x03X\x01\0\0\0<NNNJ\xff\xff\xff\xffJ\xff\xff\xff\xffK\0tb"s +
         columns_first + values + "tb."s;
}

TEST(Pickle, ReadsAnArrayOfNumpy) {
  const std::string numbers("\0\0\x80\x3f\0\0\0\x40", 8);  // 1, 2
  for (const char columns_first : {'\x88', '\x89'}) {
    const Pickle pickle = unpickle(array_pickle("C\x08" + numbers, columns_first), "x.pkl");
    const auto tensors = tensors_of(pickle, "x.pkl");
    ASSERT_EQ(tensors.size(), 1u);
    EXPECT_EQ(tensors[0].second.storage.type, "F32");
    EXPECT_EQ(tensors[0].second.storage.bytes, numbers);
    EXPECT_EQ(tensors[0].second.shape, (std::vector<int64_t>{1, 2}));
    EXPECT_EQ(tensors[0].second.stride,
              (columns_first == '\x88' ? std::vector<int64_t>{1, 1} : std::vector<int64_t>{2, 1}));
  }
  EXPECT_NE(refusal(array_pickle("C\x04" + numbers.substr(0, 4))).find("fewer bytes"),
            std::string::npos);
  // Objects that are no arrays of numbers are left alone.
  EXPECT_EQ(refusal(array_pickle("N")), "");
}

TEST(Pickle, ATensorWithoutElementsMayLieAnywhere) {
  EXPECT_EQ(refusal(tensor_pickle(7, 100, 0, 2)), "");
}

TEST(Pickle, EveryCutIsRefused) {
  const std::string whole = tensor_pickle(7, 1, 3, 2);
  for (size_t length = 0; length < whole.size(); ++length)
    EXPECT_NE(refusal(whole.substr(0, length)), "") << length;
}

TEST(Pickle, BombsAreRefused) {
  // A list that is put into a dict again and again through the memo.
  std::string bomb = "\x80\x02]q\x00("s;
  for (int i = 0; i < 3000; ++i) bomb += "NN\x86"s;
  bomb += "e0"s;
  for (int i = 0; i < 5000; ++i) bomb += "ccollections\nOrderedDict\nh\x00\x85R0"s;
  EXPECT_NE(refusal(bomb + "N.").find("more values"), std::string::npos);
  EXPECT_NE(refusal("\x80\x02"s + std::string(2'000'000, 'N') + ".").find("more values"),
            std::string::npos);
  EXPECT_NE(refusal("\x80\x02"s + std::string(10'000'000, '(') + ".").find("more values"),
            std::string::npos);
  EXPECT_NE(refusal("\x80\x04N"s + std::string(2'000'000, '\x94') + ".").find("more values"),
            std::string::npos);
  // A long text that becomes a name again and again.
  std::string names = "\x80\x04\x8d\0\0\x01\0\0\0\0\0"s + std::string(1 << 16, 'x') + "q\0"s;
  for (int i = 0; i < 1000; ++i) names += "h\0h\0\x93"s;
  EXPECT_NE(refusal(names + ".").find("too long"), std::string::npos);
}

TEST(Pickle, ListsWithinEachOtherEndTheWalk) {
  // x = [x], and a hundred thousand lists nested.
  EXPECT_EQ(refusal("\x80\x02]q\0h\0a."s), "");
  EXPECT_EQ(refusal("\x80\x02"s + std::string(100'000, ']') + std::string(99'999, 'a') + "."), "");
}

}  // namespace
}  // namespace nasnet::exchange
