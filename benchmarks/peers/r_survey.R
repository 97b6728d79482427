# R's survey package: r_survey.R CASE FILE
suppressMessages(library(survey))
arguments <- commandArgs(trailingOnly = TRUE)
case <- arguments[1]
if (case == "version") {
  cat("R ", as.character(getRversion()), " survey ", as.character(packageVersion("survey")), "\n", sep = "")
  quit()
}
table <- read.csv(arguments[2])
items <- as.formula(paste("~", paste0("q", 0:19, collapse = "+")))
taken <- numeric(0)
while (length(taken) < 3 && sum(taken) < 5) {
values <- errors <- numeric(0)
start <- proc.time()[["elapsed"]]
if (case == "b") {
  n <- nrow(table)
  design <- svydesign(ids = ~1, weights = ~w, data = table)
  margins <- list(
    data.frame(sex = 0:1, Freq = c(0.55, 0.45) * n),
    data.frame(age = 0:4, Freq = c(0.3, 0.25, 0.2, 0.15, 0.1) * n),
    data.frame(d9 = 0:8, Freq = n / 9)
  )
  made <- rake(design, list(~sex, ~age, ~d9), margins, control = list(maxit = 100, epsilon = 1e-6, verbose = FALSE))
  values <- weights(made)[1:50]
} else {
  design <- if (case == "d") {
    svydesign(ids = ~1, strata = ~stratum, weights = ~w, data = table)
  } else {
    svydesign(ids = ~cluster, strata = ~stratum, nest = TRUE, weights = ~w, data = table)
  }
  if (case == "c") design <- as.svrepdesign(design, type = "subbootstrap", replicates = 500)
  if (case %in% c("a9", "a167")) {
    by <- if (case == "a9") ~d9 else ~d167
    found <- svyby(items, by, design, svymean, keep.names = FALSE)
    values <- as.numeric(as.matrix(found[, paste0("q", 0:19)]))
    errors <- as.numeric(as.matrix(SE(found)))
  } else {
    found <- svymean(items, design)
    values <- as.numeric(coef(found))
    errors <- as.numeric(SE(found))
  }
}
taken <- c(taken, proc.time()[["elapsed"]] - start)
}
seconds <- median(taken)
numbers <- function(x) paste0("[", paste(sprintf("%.15g", x), collapse = ","), "]")
cat(sprintf('{"seconds": %.6f, "values": %s, "errors": %s}\n', seconds, numbers(values), numbers(errors)))
