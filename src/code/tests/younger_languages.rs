//! Do C#, Ruby, PHP and Kotlin measure as the others do, and are their imports and names read?
//!
//! Counted by hand after the definitions in the room's card.

use super::{check, check_imports, facts};

const CSHARP: &str = r#"using System;
namespace Shop.Carts
{
    public class Cart<T> : Base, IThing where T : Item
    {
        public Cart(int size) { Size = size; }
        public int Size { get { return size > 0 ? size : 0; } private set; }
        public int Price(Item item, params string[] rest)
        {
            if (item != null && rest.Length > 1 || item is Other)
            {
                foreach (var one in rest) { while (true) { break; } }
            }
            else if (item == null) { return 0; }
            else { do { size++; } while (size < 3); }
            switch (size)
            {
                case 1:
                case 2 when item.Ready: break;
                default: goto done;
            }
            try { Run(); } catch (IOException e) when (e.Fatal) { throw; }
            done:
            return size switch { 1 => 2, 3 => 4, _ => item?.Price ?? 0 };
        }
        abstract void Nothing();
        int Short(int a) => a;
        void Lambdas(List<int> list) { list.ForEach(x => { if (x > 1) Print(x); }); }
    }
}
"#;

#[test]
fn csharp_is_measured() {
    // Price: if 1, && 1, || 1, foreach 1, while 1, else if 1, do 1, case 1 and case 2 2, when 1, catch 1, its filter 1,
    // two arms of the switch expression 2, ?? 1: 15 on top of 1.
    // Cognitive: if 1, two runs 2, foreach 2, while 3, else if 1, else 1, do 2, switch 1, goto 1, catch 1, switch 1.
    check(
        "Cart.cs",
        CSHARP,
        "Cart::Cart 6-6 1 0 1
         Cart::get 7-7 2 1 0
         Cart::Price 8-25 16 16 2
         Cart::Short 27-27 1 0 1
         Cart::Lambdas 28-28 2 2 1",
    );
    assert_eq!(facts("Cart.cs", CSHARP).metrics.inheritance_depth, Some(1));
}

#[test]
fn csharp_names_carry_their_namespaces() {
    let text = "global using A.B;\nusing static A.Calc;\nusing Short = A.Long.Name;\nusing System.IO;\nnamespace Outer {\n\
                namespace Inner { class One : Two { Three three; void F() { Four.Go(); other.Five = A.Six.Seven; } } }\n\
                enum Kind { X } }\nnamespace Next { delegate void Done(Eight eight); }\n";
    check_imports(
        "a.cs",
        text,
        &[("global A.B.*", &[], 1), ("A.Calc", &["*"], 2), ("A.Long.Name", &["Short"], 3), ("System.IO.*", &[], 4)],
    );
    let facts = facts("a.cs", text);
    assert_eq!(facts.package.as_deref(), Some("Outer"));
    assert_eq!(facts.declared_types, ["Next.Done", "Outer.Inner.One", "Outer.Kind"]);
    assert_eq!(facts.mentioned_types, ["A", "A.Six.Seven", "Eight", "Four", "Four.Go", "Three", "Two"]);
    assert_eq!(super::facts("b.cs", "namespace X.Y;\nrecord R(int A) { }\n").declared_types, ["X.Y.R"]);
}

const RUBY: &str = r#"module Shop
  class Cart < Base
    def self.load(path, *rest, key: 1)
      if path && rest.empty?
        rest.each { |one| puts one unless one.nil? }
      elsif path.nil? || key
        while true do key += 1 end
      else
        key ||= 2
      end
      case key
      when 1, 2 then 3
      else 4
      end
    rescue IOError => e
      retry if e
    end

    def empty; end
  end
end
"#;

#[test]
fn ruby_is_measured() {
    // if 1, && 1, unless 1, elsif 1, || 1, while 1, ||= 1, when 1, rescue 1, if 1: 10 on top of 1.
    // Cognitive: if 1, run 1, unless inside a block inside an if 3, elsif 1, run 1, while 2, else 1, case 1, rescue 1,
    // if inside it 2.
    check(
        "cart.rb",
        RUBY,
        "Cart::load 3-17 11 14 3
         Cart::empty 19-19 1 0 0",
    );
}

#[test]
fn ruby_requires_and_constants_are_read() {
    let text = "require 'json'\nrequire_relative '../lib/shop'\nmodule Shop\n  autoload :Cart, 'shop/cart'\n  class Admin::Page < \
                Base\n    Tool::Hammer.new(Nail, \"#{Glue}\")\n  end\nend\nrequire name\nload \"tasks/#{x}.rb\"\n";
    check_imports("a.rb", text, &[("json", &[], 1), ("./../lib/shop", &[], 2), ("shop/cart", &["Cart"], 4)]);
    let facts = facts("a.rb", text);
    assert_eq!(facts.declared_types, ["Shop", "Shop::Admin::Page"]);
    assert_eq!(facts.mentioned_types, ["Admin", "Admin::Page", "Base", "Glue", "Nail", "Tool", "Tool::Hammer"]);
}

const PHP: &str = r#"<p>text</p>
<?php
namespace Shop;
abstract class Cart extends Base implements Thing {
    public function price(?Item $item, int ...$rest): int {
        if ($item && $rest || !$item) {
            foreach ($rest as $one) { continue; }
        } elseif ($item === null) {
            return $item ? 1 : 2;
        } else if ($rest) {
            for (;;) {}
        } else {
            do { $x ??= 1; } while ($x and $y);
        }
        switch ($x) { case 1: break; default: }
        try { run(); } catch (A | B $e) {}
        return match (true) { $x > 1, $x < 0 => 1, default => fn ($a) => $a ?? 2 };
    }
    abstract public function nothing();
}
function helper($f) { return array_map(function ($x) { if ($x) { return 1; } }, $f); }
"#;

#[test]
fn php_is_measured() {
    // price: if 1, && 1, || 1, foreach 1, elseif 1, ?: 1, else if 1, for 1, do 1, ??= 1, and 1, case 1, catch 1,
    // the arm of match 1, ?? 1: 15 on top of 1.
    // Cognitive: if 1, two runs 2, foreach 2, elseif 1, ternary 2, else 1, for 2, else 1, do 2, run 1, switch 1, catch 1,
    // match 1.
    check(
        "cart.php",
        PHP,
        "Cart::price 5-18 16 18 2
         helper 21-21 2 2 1",
    );
    assert_eq!(facts("cart.php", PHP).metrics.inheritance_depth, Some(1));
}

#[test]
fn php_uses_and_includes_are_read() {
    let text = "<?php\nnamespace A\\B;\nuse X\\Y, X\\Z as W;\nuse V\\{One, Two\\Three as Four};\nuse function X\\f;\n\
                require_once __DIR__ . '/x.php';\ninclude('lib/y.php');\nrequire dirname(__DIR__) . '/z.php';\nrequire $name;\n\
                final class C extends \\D\\E { use T; private F $g; const H = namespace\\I::J; }\nfunction go() {}\n";
    check_imports(
        "a.php",
        text,
        &[
            ("X\\Y", &["Y"], 3),
            ("X\\Z", &["W"], 3),
            ("V\\One", &["One"], 4),
            ("V\\Two\\Three", &["Four"], 4),
            ("X\\f", &["f"], 5),
            ("\"./x.php\"", &[], 6),
            ("\"lib/y.php\"", &[], 7),
            ("\"../z.php\"", &[], 8),
        ],
    );
    let facts = facts("a.php", text);
    assert_eq!(facts.package.as_deref(), Some("A\\B"));
    assert_eq!(facts.declared_types, ["A\\B\\C", "A\\B\\go"]);
    for name in ["\\D\\E", "F", "T", "namespace\\I"] {
        assert!(facts.mentioned_types.iter().any(|one| one == name), "{name} in {:?}", facts.mentioned_types);
    }
    assert!(!facts.mentioned_types.iter().any(|name| name == "g" || name == "D"), "{:?}", facts.mentioned_types);
}

const KOTLIN: &str = r#"package shop
class Cart<T>(val size: Int) : Base(), Thing {
    constructor() : this(0) {
        reset()
    }
    var price: Int = 0
        get() = if (field > 0) field else 0
    fun total(item: Item?, vararg rest: String): Int {
        if (item != null && rest.isNotEmpty() || size > 1) {
            for (one in rest) { while (true) { break } }
        } else if (item == null) {
            return item?.price ?: 0
        } else {
            do { price++ } while (price < 3)
        }
        when (size) {
            1, 2 -> run()
            else -> {}
        }
        try { run() } catch (e: IOException) { throw e }
        rest.forEach { if (it == "") print(it) }
        return 0
    }
    companion object {
        fun of() = Cart<Int>(1)
    }
}
fun String.helper(a: Int, b: Int) = a
interface Nothing {
    fun nothing()
}
"#;

#[test]
fn kotlin_is_measured() {
    // total: if 1, && 1, || 1, for 1, while 1, else if 1, ?: 1, do 1, one entry of when 1, catch 1, if 1: 11 on top of 1.
    // Cognitive: if 1, two runs 2, for 2, while 3, else if 1, else 1, do 2, when 1, catch 1, if inside a closure 2.
    check(
        "Cart.kt",
        KOTLIN,
        "Cart::constructor 3-5 1 0 0
         Cart::get 7-7 2 2 0
         Cart::total 8-23 12 16 2
         of 25-25 1 0 0
         helper 28-28 1 0 2",
    );
    assert_eq!(facts("Cart.kt", KOTLIN).metrics.inheritance_depth, Some(1));
}

#[test]
fn kotlin_imports_and_names_are_read() {
    let text = "package a.b\nimport c.D\nimport c.e as f\nimport g.*\nclass H : I<J>() { val k: a.x.L = M.n(o); fun p() { q(); r.s() } }\n\
                val t = 1\ntypealias U = V\nobject W\n";
    check_imports("a.kt", text, &[("c.D", &[], 2), ("c.e", &[], 3), ("g.*", &[], 4)]);
    let facts = facts("a.kt", text);
    assert_eq!(facts.package.as_deref(), Some("a.b"));
    assert_eq!(facts.declared_types, ["H", "U", "W", "t"]);
    assert_eq!(facts.mentioned_types, ["I", "J", "M", "V", "a.x.L", "q"]);
}
