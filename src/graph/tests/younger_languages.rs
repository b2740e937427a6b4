//! Do C#, Ruby, PHP and Kotlin imports lead where their tools would go?

use super::check;

#[test]
fn csharp_types_are_found_through_namespaces() {
    check(
        &[
            ("App/Globals.cs", "global using Shop.Shared;\n"),
            (
                "App/Program.cs",
                "using Shop.Carts;\nusing static Shop.Math.Calc;\nusing Tool = Shop.Tools.Hammer;\nusing System.IO;\n\
                 namespace Shop.App.Web;\nclass Program : Startup { Cart cart; Money money; Tool tool; [Shown] File file;\n\
                 void Go() { Shop.Deep.Well.Draw(); Orders.List.All(); item.Coin = 1; } }",
            ),
            ("App/Startup.cs", "namespace Shop.App { class Startup {} }"),
            ("Lib/Calc.cs", "namespace Shop.Math { public static class Calc {} class Coin {} }"),
            ("Lib/Cart.Parts.cs", "namespace Shop.Carts { partial class Cart {} }"),
            ("Lib/Cart.cs", "namespace Shop { namespace Carts { partial class Cart {} } }"),
            ("Lib/Hammer.cs", "namespace Shop.Tools { class Hammer {} }"),
            ("Lib/List.cs", "namespace Shop.App.Orders { class List {} }"),
            ("Lib/Money.cs", "namespace Shop.Shared { struct Money {} }"),
            ("Lib/Other.cs", "namespace Elsewhere { class Money {} class File {} }"),
            ("Lib/Shown.cs", "namespace Shop { class ShownAttribute {} }"),
            ("Lib/Well.cs", "namespace Shop.Deep { class Well {} }\nnamespace Shop.Gone2 { }"),
            ("Test/T.cs", "using Shop.Nowhere;\nnamespace T { class T { Money m; } }"),
        ],
        &[("App/App.csproj", "<Project/>"), ("Test/Test.csproj", "<Project><Using Include=\"Shop.Shared\" /></Project>")],
        "App/Program.cs -> App/Startup.cs Lib/Calc.cs Lib/Cart.Parts.cs Lib/Cart.cs Lib/Hammer.cs Lib/List.cs Lib/Money.cs Lib/Shown.cs Lib/Well.cs
         Test/T.cs -> Lib/Money.cs",
        1,
    );
}

#[test]
fn ruby_requires_follow_the_load_path_and_constants_zeitwerk() {
    check(
        &[
            ("app/controllers/admin/pages_controller.rb", "module Admin\n  class PagesController\n    Page.all; HTMLTool; ::Page; Auth::Sign; String\n  end\nend\n"),
            ("app/models/admin/page.rb", "class Admin::Page < Record; include Named; end\n"),
            ("app/models/concerns/named.rb", "module Named; end\n"),
            ("app/models/page.rb", "class Page; end\n"),
            ("app/models/record.rb", "class Record; end\n"),
            ("app/services/auth.rb", "module Auth; end\n"),
            ("app/tools/html_tool.rb", "class HTMLTool; end\n"),
            ("config/routes.rb", "require_relative '../lib/plain'\nPage\n"),
            ("gem/lib/gem.rb", "require 'zeitwerk'\nrequire 'gem/version'\nmodule Gem2; Zeitwerk::Loader.for_gem.setup; end\n"),
            ("gem/lib/gem/part.rb", "module Gem; class Part; end; end\n"),
            ("gem/lib/gem/version.rb", "module Gem; Part; end\n"),
            ("gem/spec/part_spec.rb", "require 'spec_helper'\nrequire 'gem/part'\nrequire 'json'\nrequire_relative 'gone'\n"),
            ("gem/spec/spec_helper.rb", "require 'gem'\n"),
            ("lib/plain.rb", "class Plain; Record; end\n"),
        ],
        &[],
        "app/controllers/admin/pages_controller.rb -> app/models/admin/page.rb app/models/page.rb app/services/auth.rb app/tools/html_tool.rb
         app/models/admin/page.rb -> app/models/concerns/named.rb app/models/record.rb
         config/routes.rb -> app/models/page.rb lib/plain.rb
         gem/lib/gem.rb -> gem/lib/gem/version.rb
         gem/lib/gem/version.rb -> gem/lib/gem/part.rb
         gem/spec/part_spec.rb -> gem/lib/gem/part.rb gem/spec/spec_helper.rb
         gem/spec/spec_helper.rb -> gem/lib/gem.rb
         lib/plain.rb -> app/models/record.rb",
        1,
    );
}

#[test]
fn php_names_are_completed_by_use_and_namespace() {
    check(
        &[
            ("src/Cart.php", "<?php\nnamespace Shop;\nuse Shop\\Money\\{Coin, Note as Paper};\nuse Shop\\Money as M;\nuse Other\\Thing;\nuse Shop\\Money\\Gone;\n\
                class Cart extends Base { function f(Paper $p) { new M\\Bank; \\Top\\Class1::x(); helper(); plain(); Far\\Away::y(); } }"),
            ("src/Base.php", "<?php\nnamespace Shop;\nabstract class Base { use Logs; }"),
            ("src/Far/Away.php", "<?php\nnamespace Shop\\Far;\nclass Away {}"),
            ("src/Logs.php", "<?php\nnamespace Shop;\ntrait Logs {}"),
            ("src/Money/Bank.php", "<?php\nnamespace Shop\\Money;\nclass Bank {}"),
            ("src/Money/Coin.php", "<?php\nnamespace Shop\\Money;\nclass Coin {}"),
            ("src/Money/Note.php", "<?php\nnamespace Shop\\Money;\nclass Note {}"),
            ("src/Top.php", "<?php\nnamespace Top;\nclass Class1 {}"),
            ("src/functions.php", "<?php\nnamespace Shop;\nfunction helper() {}\nrequire __DIR__ . '/plain.php';\nrequire '../vendor/autoload.php';"),
            ("src/plain.php", "<?php\nfunction plain() {}\ninclude 'tests/boot.php';\nrequire __DIR__ . '/none.php';"),
            ("tests/boot.php", "<?php\nnamespace Shop;\nfunction plain() {}\nclass Coin2 {}"),
            ("tests/old/Coin.php", "<?php\nnamespace Shop\\Money;\nclass Coin {}"),
            ("tests/CartTest.php", "<?php\nnamespace Shop\\Tests;\nuse Shop\\Cart;\nuse Shop\\Money\\Coin;\nuse Shop\\Coin2;"),
        ],
        &[("composer.json", "{\"autoload\": {\"psr-4\": {\"Shop\\\\\": \"src/\"}}}")],
        "src/Cart.php -> src/Base.php src/Far/Away.php src/Money/Bank.php src/Money/Coin.php src/Money/Note.php src/Top.php src/functions.php src/plain.php
         src/Base.php -> src/Logs.php
         src/functions.php -> src/plain.php
         src/plain.php -> tests/boot.php
         tests/CartTest.php -> src/Cart.php src/Money/Coin.php tests/boot.php",
        2,
    );
}

#[test]
fn kotlin_and_java_see_each_other() {
    check(
        &[
            ("src/commonMain/kotlin/a/Clock.kt", "package a\nexpect class Clock\nfun tick() = Clock()\n"),
            ("src/commonMain/kotlin/b/Use.kt", "package b\nimport a.Clock\nimport a.tick as tock\nimport c.*\nimport a.Missing\nclass Use : Part { val x = c.Far.y }"),
            ("src/commonMain/kotlin/c/Part.kt", "package c\ninterface Part\nobject Far\n"),
            ("src/jvmMain/java/j/J.java", "package j;\nimport a.ClockKt;\nimport b.Use;\nclass J { Use use = ClockKt.tick(); j.K k; }"),
            ("src/jvmMain/java/j/K.java", "package j;\nclass K {}"),
            ("src/jvmMain/kotlin/a/Clock.kt", "package a\nactual class Clock { val j = j.J() }\n"),
        ],
        &[],
        "src/commonMain/kotlin/b/Use.kt -> src/commonMain/kotlin/a/Clock.kt src/commonMain/kotlin/c/Part.kt
         src/jvmMain/java/j/J.java -> src/commonMain/kotlin/b/Use.kt src/jvmMain/java/j/K.java src/jvmMain/kotlin/a/Clock.kt
         src/jvmMain/kotlin/a/Clock.kt -> src/jvmMain/java/j/J.java",
        1,
    );
}
