"""Names of standard libraries that mean the same in different languages.

The API maps know the frameworks of arrays and learning; these are the everyday words around them,
as every language's manual has them: what appends to a list, how long something is, what prints.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Final

_GROUPS: Final = {
    "append": "append push push_back add emplace_back appendChild extend addAll push_str",
    "remove": "pop remove delete erase shift unshift removeFirst removeLast dequeue discard del "
    "pop_back pop_front popleft popitem removeAt splice",
    "insert": "insert put set enqueue offer add_all setdefault",
    "length": "len size length count Length Count sizeof numel strlen getLength",
    "print": "print println printf Println Printf puts echo log WriteLine cout info debug",
    "nothing": "None null nil nullptr NULL undefined Null",
    "strip": "strip trim Trim TrimSpace lstrip rstrip chomp trimStart trimEnd",
    "lower": "lower toLowerCase ToLower to_lowercase downcase tolower lowercase",
    "upper": "upper toUpperCase ToUpper to_uppercase upcase toupper uppercase",
    "split": "split Split explode Fields partition splitlines tokenize strtok",
    "join": "join Join implode joining",
    "contains": "contains includes has containsKey ContainsKey in_array include? key? has_key "
    "contains_key isMember exists in",
    "keys": "keys Keys keySet array_keys",
    "values": "values Values",
    "entries": "items entries entrySet each_pair iter",
    "get": "get getOrDefault at fetch TryGetValue getItem",
    "map": "map Select collect array_map apply",
    "filter": "filter Where select array_filter grep",
    "reduce": "reduce fold Aggregate inject accumulate",
    "sort": "sort sorted Sort OrderBy sort_by usort sortBy argsort",
    "reverse": "reverse reversed Reverse rev rbegin array_reverse",
    "range": "range xrange Range upto times",
    "enumerate": "enumerate each_with_index withIndex entries",
    "zip": "zip Zip",
    "list": "list List ArrayList vector Vec array Array MutableList mutableListOf listOf deque "
    "LinkedList slice",
    "dictionary": "dict Map HashMap Dictionary map Hash defaultdict OrderedDict TreeMap "
    "LinkedHashMap BTreeMap unordered_map mutableMapOf mapOf Counter ToDictionary",
    "set": "set Set HashSet mutableSetOf unordered_set BTreeSet TreeSet",
    "string": "str string String toString to_s to_string ToString Sprintf format",
    "integer": "int parseInt Integer Atoi to_i intval stoi parse Int32 Number atoi",
    "floating": "float parseFloat Double ParseFloat to_f stod double",
    "open": "open fopen File newBufferedReader Open OpenRead ReadFile file_get_contents",
    "read": "read fread readline readLine readlines ReadString getline ReadLine read_text gets "
    "read_to_string readAllLines",
    "write": "write fwrite Write write_all WriteString file_put_contents",
    "close": "close fclose Close dispose shutdown",
    "exists": "exists Exists file_exists isfile is_file Stat access existsSync",
    "error": "Exception Error RuntimeError ValueError IllegalArgumentException Errorf "
    "InvalidOperationException RuntimeException TypeError RangeError StandardError panic "
    "runtime_error FileNotFoundError KeyError",
    "construct": "__init__ constructor initialize __construct init new",
    "invoke": "__call__ call forward construct hybrid_forward apply",
    "element": "__getitem__ getitem",
    "sleep": "sleep Sleep delay setTimeout usleep",
    "now": "now time Now Date currentTimeMillis clock",
    "random": "random rand Random Intn randint nextInt randrange",
    "maximum": "max Max maximum fmax maxOf MAX",
    "minimum": "min Min minimum fmin minOf MIN",
    "absolute": "abs Abs fabs absolute",
    "power": "pow Pow power powi powf",
    "square_root": "sqrt Sqrt",
    "json_decode": "loads json_decode Unmarshal Decode NewDecoder get_json deserialize "
    "fromJson JSON_parse",
    "json_encode": "dumps json_encode Marshal Encode NewEncoder stringify serialize toJson jsonify",
    "request": "fetch urlopen request Get HttpClient curl_exec axios",
    "execute": "execute exec query executeQuery ExecuteReader ExecuteReaderAsync prepare "
    "prepareStatement fetchall fetchAll",
    "digit": "isdigit isDigit is_ascii_digit IsDigit is_numeric",
    "blank": "isspace isSpace IsSpace is_whitespace isWhitespace blank?",
    "empty": "empty isEmpty is_empty empty? IsEmpty",
    "last": "last back peek last_mut at_end",
    "start": "start submit go spawn execute_async create_task",
    "thread_pool": "ThreadPoolExecutor newFixedThreadPool ExecutorService Pool WaitGroup",
    "gradient": "backward gradient grad value_and_grad GradientTape gradients jacrev",
    "optimizer_step": "apply_gradients apply_updates minimize step_optimizer",
    "clear_gradient": "zero_grad clear_grad clear_gradients zero_",
    "fit": "fit train train_step train_one_epoch fit_batch",
    "copy": "copy clone memcpy Clone deepcopy dup structuredClone to_owned",
}


@lru_cache(maxsize=1)
def _table() -> dict[str, str]:
    table: dict[str, str] = {}
    for concept, names in _GROUPS.items():
        for name in names.split():
            table.setdefault(name, concept)
    return table


def idiom_of(name: str) -> str:
    """What a name of a standard library stands for in any language; empty if it is none."""
    return _table().get(name, "")
