#include "nasnet/data/parquet_advice.h"

#include "nasnet/base/shell.h"

// The advice is a program, since Debian has no library that reads parquet: it takes the label's
// names from the hub's own description in the schema, where there is one.

namespace nasnet::data {

std::string parquet_advice(const std::string& path) {
  // The folder of a picture is images/SPLIT/CLASS; test pictures of the hub without a label have
  // -1.
  constexpr const char* kProgram =
      "import glob,itertools,json,os,sys,pyarrow.parquet as q;n=itertools.count();"
      "[(d:=os.path.join('images',os.path.basename(f if '-' in os.path.basename(f) else "
      "os.path.dirname(f)).split('-')[0],'' if y is None or y==-1 else "
      "str(names[y] if names else y).replace('/','_')),os.makedirs(d,exist_ok=True),"
      "open(os.path.join(d,'%06d.png'%next(n)),'wb').write(p['bytes'])) "
      "for f in sorted(glob.glob(os.path.join(glob.escape(sys.argv[1]),'**','*.parquet'),"
      "recursive=True)) or sys.argv[1:] for t in [q.read_table(f)] "
      "for h in [json.loads((t.schema.metadata or {}).get(b'huggingface',b'{}')).get('info',{})"
      ".get('features',{})] "
      "for c in [([k for k in h if isinstance(h[k],dict) and h[k].get('_type')=='ClassLabel']+"
      "[k for k in t.column_names if 'label' in k])[0]] for names in [h.get(c,{}).get('names')] "
      "for i in [[s.name for s in t.schema if str(s.type).startswith('struct')][0]] "
      "for p,y in zip(t[i].to_pylist(),t[c].to_pylist())]";
  return std::string("pip install pyarrow && python3 -c \"") + kProgram + "\" " +
         shell_quoted(as_argument(path));
}

}  // namespace nasnet::data
