# Overloads that share the comment above the first of their paragraph get it each: the reference lists them one by one.
/^ *\/\/\// { comment = fresh ? comment "\n" $0 : $0; fresh = 1; print; next }
/^$/ { comment = "" }
/^(FROST_API|inline|template) / && !fresh && comment != "" { print comment }
{ fresh = 0; print }
